"""Badges: one line of a suite, or of the whole matrix, as an SVG image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Tuple

from matrix_results.model import Cell, Run, Status, Suite

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

_GREEN, _RED, _GREY = "#2a7d3f", "#c0362c", "#6b7280"


@dataclass(frozen=True)
class Badge:
    """What a badge says: the package, what is known of it, and the colour of that."""

    label: str
    message: str
    colour: str


def suite_badge(suite: Suite) -> Badge:
    """Of one suite: the range of releases that pass, unless there is something graver to say."""
    return _badge(project(suite), suite.cells, _range(suite.cells))


def matrix_badge(run: Run) -> Badge:
    """Of the whole matrix: how many cells pass, unless there is something graver to say.

    Of a suite that was not generated, or that the run is not of, nobody knows how many fail.
    """
    cells = [cell for _, cell in run.cells()]
    found = _badge("matrix", cells, f"{run.counts()[Status.PASSED]} passed")
    ungenerated = sum(bool(suite.problem) for suite in run.suites)
    for unknown, told in ((ungenerated, "generated"), (run.other_suites, "reported")):
        if unknown and found.colour != _RED:
            return Badge("matrix", f"{unknown} of {run.all_suites} suites not {told}", _GREY)
    return found


def badges(run: Run) -> Dict[str, Badge]:
    """File name -> badge: `matrix.svg`, and one a suite by its package or, where two suites share
    it, by its address. The names are safe as those of files whatever the run holds."""
    by_project: Dict[str, list[Suite]] = {}
    for suite in run.suites:
        by_project.setdefault(_file_name(project(suite)), []).append(suite)
    found = {
        f"{name if len(suites) == 1 and name != 'matrix' else _file_name(suite.address)}.svg": (
            suite_badge(suite)
        )
        for name, suites in by_project.items()
        for suite in suites
    }
    return {**found, "matrix.svg": matrix_badge(run)}


def project(suite: Suite) -> str:
    """The package without its specifier; a suite without a package is named by its folder."""
    match = _NAME.match(suite.package or "")
    return match[0] if match else suite.address.partition(":")[0].rpartition("/")[2]


def _badge(label: str, cells: Iterable[Cell], passing: str) -> Badge:
    """Trials neither spoil it nor make it."""
    every = tuple(cells)
    known = _promised(every)
    if every and not known:
        return Badge(label, "trials only", _GREY)
    broken = _count(known, Status.FAILED) + _count(known, Status.UNRESOLVABLE)
    if broken:
        return Badge(label, f"{broken} of {len(known)} failing", _RED)
    missing = _count(known, Status.NOT_RUN)
    if missing or not known:
        told = f"{missing} of {len(known)} not run" if known else "not generated"
        return Badge(label, told, _GREY)
    return Badge(label, passing, _GREEN)


def _range(cells: Tuple[Cell, ...]) -> str:
    passed = [cell.version for cell in _promised(cells) if cell.status is Status.PASSED]
    passing = [version.partition("@")[0] for version in passed]
    if not passing:
        return "known failures only"
    first, last = passing[0], passing[-1]
    return first if first == last else f"{first} – {last}"


def _promised(cells: Iterable[Cell]) -> Tuple[Cell, ...]:
    return tuple(cell for cell in cells if not cell.trial)


def _count(cells: Iterable[Cell], status: Status) -> int:
    return sum(cell.status is status for cell in cells)


def _file_name(text: str) -> str:
    return _UNSAFE.sub(".", text).strip(".")[:100] or "suite"
