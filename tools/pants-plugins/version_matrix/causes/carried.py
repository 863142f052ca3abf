"""What groups failures: `matrix_results.causes`, as it lies beside the plugin, by the plugin's types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable, Iterable, Sequence

from packaging.version import InvalidVersion, Version

from version_matrix.causes.requests import CellEnd
from version_matrix.tools.carried import carried_module


@dataclass(frozen=True)
class Whole:
    """A cell whose output is worth reading whole, and the others that fail like it."""

    address: str
    alike: tuple[str, ...]


@dataclass(frozen=True)
class Causes:
    """What fails in a run: what to read whole, and all of it as a table."""

    whole: tuple[Whole, ...]
    table: str


@lru_cache(maxsize=None)
def _causes() -> Any:
    return carried_module("matrix_results", "causes", wheel="matrix-results")


def failed_tests(junit: bytes) -> tuple[tuple[str, str], ...]:
    """Name and text of each test that failed, of a JUnit file."""
    return tuple((failed.test, failed.text) for failed in _causes().failed_tests(junit))


def without_result(printed: str) -> tuple[tuple[str, str], ...]:
    """What stands for the tests of a cell that ended without a result."""
    return ((_causes().NO_RESULT, printed),)


def not_started(why: str) -> tuple[tuple[str, str], ...]:
    """What stands for the tests of a cell that did not start."""
    return ((_causes().NOT_STARTED, why),)


def is_instead(test: str) -> bool:
    """Whether that is no test, but what stands for all of a cell."""
    return test in (_causes().NO_RESULT, _causes().NOT_STARTED)


def brief(failures: Sequence[tuple[str, str]]) -> str:
    """What failed, in a line."""
    causes = _causes()
    told: str = causes.brief([causes.FailedTest(test, text) for test, text in failures])
    return told


def causes_of(ended: Iterable[CellEnd], run: Callable[[str], str]) -> Causes:
    """What fails in these cells; `run` is the command that runs the cell of an address."""
    causes = _causes()
    suites: dict[tuple[str, str], list[CellEnd]] = {}
    for end in ended:
        suites.setdefault((end.suite, end.package), []).append(end)
    found = causes.findings(
        causes.SeenSuite(address, package, tuple(_seen(end) for end in sorted(ends, key=_place)))
        for (address, package), ends in suites.items()
    )
    return Causes(
        whole=tuple(
            Whole(each.look_at, tuple(a for a in each.addresses if a != each.look_at))
            for each in causes.worth_whole(found)
        ),
        table=causes.table(found, run=run),
    )


def _seen(end: CellEnd) -> Any:
    causes = _causes()
    return causes.SeenCell(
        end.version,
        end.python,
        tuple(causes.FailedTest(test, text) for test, text in end.failures),
        expected=end.expected,
        trial=end.trial,
    )


def address_of(end: CellEnd) -> str:
    """The cell's address, as findings have it."""
    return cell_address(end.suite, end.version, end.python)


def cell_address(suite: str, version: str, python: str) -> str:
    """The address of a cell, from those of its suite (or of its variant) and what it is called there."""
    address: str = _causes().cell_address(suite, version, python)
    return address


def _place(end: CellEnd) -> tuple[Any, ...]:
    """Releases ascending, by PEP 440, of combinations the package's first; the Pythons as well."""
    release, *axes = end.version.split("@")
    return (_release(release), tuple(_natural(axis) for axis in axes), _natural(end.python))


def _release(text: str) -> tuple[bool, Any]:
    try:
        return True, Version(text)
    except InvalidVersion:
        # The floors of a library's own requirements: `lowest` is before `highest`.
        return False, text != "lowest"


def _natural(text: str) -> Any:
    return _causes().natural(text)
