"""Whatever a stranger says, it stays within its code span, its line and its length."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from matrix_updates.locks import strange_line
from matrix_updates.text import code, last_lines, link, one_line
from matrix_updates.units import suite

pytest_plugins = ["updates_fixtures"]

ANYTHING = st.text(max_size=400) | st.text(
    alphabet="`|\n\r\x1b<>[]()@#\u202e\u2028 \\a", max_size=60
)


@given(ANYTHING)
def test_a_code_span_holds_all_of_it(text: str) -> None:
    assert re.fullmatch(r"`[^`|\n]+`", code(text)) and code(text).isprintable()


@given(ANYTHING, st.integers(4, 50))
def test_one_line_is_one_printable_line_of_a_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert line.isprintable() and 0 < len(line) <= limit


@given(ANYTHING)
def test_a_link_is_a_link_or_nothing(url: str) -> None:
    assert link("x", url) == "" or re.fullmatch(r"\[x\]\(<https?://[^<>\s()]+>\)", link("x", url))


@given(ANYTHING)
def test_last_words_are_printable_and_bounded(text: str) -> None:
    told = last_lines(text, 100)
    assert told and len(told) < 600 and all(line.isprintable() for line in told.split("\n"))


@given(st.text(max_size=30))
def test_a_suite_holds_nothing_outside_of_its_folder(name: str) -> None:
    held = suite("lib/tests/a:matrix", "a").may_hold(f"lib/tests/a/matrix/{name}")
    if held:
        assert re.fullmatch(r"samples\.json|\S+\.lock|(\S+\.)?releases\.jsonl", name)
        assert "/" not in name and not name.startswith((".", "-")) and name.isascii()


@given(st.text(max_size=60))
def test_a_line_of_a_lock_is_a_pin_or_a_hash(line: str) -> None:
    """An option or a URL is neither, however it is written."""
    text = line.replace("\n", " ")
    told = strange_line(text)
    if told is None and text.strip() and not text.lstrip().startswith("#"):
        assert "==" in text or "--hash=sha256:" in text
        assert "://" not in text and " @ " not in text
