"""What a terminal would obey instead of showing it, in texts that others have written.

Control characters (ECMA-48: the C0 and C1 sets, but for tabs and line ends), and those that show what
follows in another order than it has (Unicode Standard Annex #9).
"""

from __future__ import annotations

import re
from typing import Any, Iterator

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """The text without them."""
    return _OBEYED.sub("", text)


def not_plain(document: Any) -> str | None:
    """The first of them in a document of JSON, as `U+001B`; None if there is none."""
    for text in _texts(document):
        found = _OBEYED.search(text)
        if found:
            return f"U+{ord(found[0]):04X}"
    return None


def _texts(document: Any) -> Iterator[str]:
    """All texts of a document, keys included, however deep they lie."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
