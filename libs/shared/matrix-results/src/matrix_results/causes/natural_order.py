"""The order of what has numbers in it, as a reader expects it."""

from __future__ import annotations

import re
from typing import Tuple

_PARTS = re.compile(r"[0-9]{1,18}|[^0-9]+")


def natural(text: str) -> Tuple[Tuple[int, int, str], ...]:
    """A key by which `3.9` comes before `3.10`; any text has one."""
    return tuple(
        (1, int(part), "") if part.isascii() and part.isdigit() else (0, 0, part)
        for part in _PARTS.findall(text)
    )
