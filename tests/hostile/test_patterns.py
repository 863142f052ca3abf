"""Whoever sends twice as much causes no more than a little more work."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import servicekit.settings
from compat_board.received import acceptance
from compat_board.shown import addresses
from compat_board.stored import storing
from hostile import growth
from matrix_results import badge
from matrix_results import locks as result_locks
from matrix_results import support
from matrix_results.causes import natural_order, symptom
from matrix_updates import configuration, locks, text, units
from matrix_updates.prepare import support_rows
from matrix_updates.publish import marker
from release_sampler.answers import held
from release_sampler.basis import files, names, platforms, pythons, specifiers, times
from release_sampler.choice import notes
from release_sampler.index import pages

MODULES = (
    *(badge, result_locks, support, natural_order, symptom),
    *(configuration, locks, text, units, support_rows, marker),
    *(held, files, names, platforms, pythons, times, notes),
    *(servicekit.settings, acceptance, addresses, storing),
)
# trace-baton's own test_linear.py measures its parsers.
PUBLISHED = ("matrix-results", "matrix-updates", "release-sampler")


def patterns(module: ModuleType) -> "list[Any]":
    found = growth.uses(module, inspect.getsource(module))
    return [pytest.param(call, id=f"{module.__name__} {name}") for name, call in found]


def test_no_module_of_a_library_is_left_out() -> None:
    found = {
        ".".join(path.relative_to(path.parents[-5]).with_suffix("").parts)
        for library in PUBLISHED
        for path in Path("libs/shared", library, "src").rglob("*.py")
        if "re.compile(" in path.read_text()
    }
    assert found and found <= {module.__name__ for module in MODULES}


@pytest.mark.parametrize("match", [each for module in MODULES for each in patterns(module)])
def test_a_pattern_does_not_try_again_from_every_place(match: Callable[[str], object]) -> None:
    assert growth.slow(match) is None


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


def test_what_this_measures_tells_what_grows_from_what_is_linear() -> None:
    # Cubic, so that no machine is fast enough for it.
    assert growth.slow(re.compile(r"\s+\s*#").search) is not None
    assert growth.slow(re.compile(r"(?<=\s)#").search) is None
