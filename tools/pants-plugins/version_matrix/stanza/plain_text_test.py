from __future__ import annotations

from typing import Any

import pytest

from version_matrix.stanza.plain_text import not_plain, plain


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no wheel\n\tfor 3.12 ╰─▶ é 版", "no wheel\n\tfor 3.12 ╰─▶ é 版"),
        # A colour, a title of the window, what was written before, the same with one byte.
        ("\x1b[31mred\x1b]0;title\x07", "[31mred]0;title"),
        ("passed\rfailed\b", "passedfailed"),
        ("\x9b31m\x00\x7f", "31m"),
        # https://trojansource.codes
        ("\u202egnihton\u2066", "gnihton"),
    ],
)
def test_what_a_terminal_obeys_is_left_out(text: str, left: str) -> None:
    assert plain(text) == left


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"a": ["b", {"c": 1, "d": None}]}, None),
        ({"a": ["b", {"c": "\x1b[2J"}]}, "U+001B"),
        ({"a": {"\u202eb": 1}}, "U+202E"),
        ("line\nline", None),
    ],
)
def test_it_is_found_wherever_it_is_in_a_document(document: Any, found: str) -> None:
    assert not_plain(document) == found
