"""Whoever sends twice as much causes no more than a little more work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hostile import growth
from hostile.expressions import Expression, Unreadable, expressions, near_misses
from matrix_results.causes import symptom
from matrix_updates import locks, text
from release_sampler.basis import files, specifiers
from release_sampler.index import pages

# Libraries, services and plugins: all but tests.
SOURCES = [
    path
    for pattern in ("libs/*/*/src/**/*.py", "services/*/src/**/*.py", "tools/**/*.py")
    for path in sorted(Path().glob(pattern))
    if not (path.stem.endswith("_test") or path.stem.startswith("test_"))
]
EXPRESSIONS = [each for path in SOURCES for each in expressions(path)]


def test_every_source_is_looked_at() -> None:
    """By Pants, which gives a test what it is said to need, too."""
    found = {each.where.partition(":")[0] for each in EXPRESSIONS}
    assert {
        "libs/internal/servicekit/src/servicekit/settings.py",
        "libs/shared/release-sampler/src/release_sampler/basis/files.py",
        "services/compat-board/src/compat_board/shown/addresses.py",
        "tools/cmd/image_lock.py",
        "tools/pants-plugins/hash_locks/requirements_file.py",
        "tools/pants-plugins/version_matrix/generate/resolver_words.py",
    } <= found


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_a_pattern_does_not_try_again_from_every_place(expression: Expression) -> None:
    assert growth.slow(expression.call, near_misses(expression.pattern)) is None


def page(html: str) -> object:
    content = html.encode("utf-8", "replace")
    return pages.parse_page(content, "text/html", "http://a/", "http://a/", "a")


PARSERS: "dict[str, Callable[[str], object]]" = {
    "a message": symptom.set_aside,
    "a failure": symptom.shown,
    "a name of a file": lambda told: files.kinds_of(told),
    "specifiers": specifiers.parse_specifiers,
    "a lock of a request": locks.strange_line,
    "pins": locks.pins,
    "what a program said": text.last_lines,
}


@pytest.mark.parametrize("parser", PARSERS)
def test_a_parser_does_not_try_again_from_every_place(parser: str) -> None:
    assert growth.slow(PARSERS[parser]) is None


@pytest.mark.parametrize(
    ("quadratic", "linear"),
    [
        # Cubic, so that no machine is fast enough for it.
        (r"\s+\s*#", r"(?<=\s)#"),
        # What it knows is in no list of units.
        (r'<testsuite\b[^>]*?\stime="', r'<testsuite\b[^<>]*?\stime="'),
        (r"broken by '(.*)': ", r"broken by '([^']*)': "),
    ],
)
def test_what_this_measures_tells_what_grows_from_what_is_linear(
    quadratic: str, linear: str
) -> None:
    found = [re.compile(pattern) for pattern in (quadratic, linear)]
    slow, fast = [growth.slow(each.search, near_misses(each)) for each in found]
    assert slow is not None and fast is None


def test_an_expression_is_found_wherever_it_stands(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "import re\n"
        "_PART = r'[a-z]+'\n"
        "_WHOLE: re.Pattern[bytes] = re.compile(rb'x', re.I)\n"
        "_MANY = tuple((re.compile(each), '') for each, _ in ((r'a', 1), (r'b', 2)))\n"
        "def asked(name: str) -> bool:\n"
        "    compiled = re.compile(rf'{_PART}={name}')\n"
        "    return bool(compiled.fullmatch(name) or re.sub(r'c', '', name, flags=re.M))\n"
    )
    found = [
        (each.method, each.pattern.pattern, each.pattern.flags) for each in expressions(module)
    ]
    assert sorted(found, key=str) == [
        ("fullmatch", "[a-z]+=name", re.UNICODE),
        ("search", "a", re.UNICODE),
        ("search", "b", re.UNICODE),
        ("search", b"x", re.I),
        ("sub", "c", re.UNICODE | re.M),
    ]


@pytest.mark.parametrize(
    "line", ["re.compile(unknown())", "from re import compile", "import re as r"]
)
def test_one_that_cannot_be_told_is_no_secret(tmp_path: Path, line: str) -> None:
    module = tmp_path / "module.py"
    module.write_text(f"{line}  # re.\n")
    with pytest.raises(Unreadable, match="module.py:1: "):
        list(expressions(module))
