"""Suites that vary several packages: which releases a cell is of, and squares of two packages.

The release of such a cell is a name, `3.16.0@django=5.2.1`: the release of the package, and of each
other one. What cannot go together is among the verdicts of its suite, `django 4.2 with redis 5.0`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Tuple

from packaging.utils import canonicalize_name

from matrix_results.badge import project
from matrix_results.causes.natural_order import natural
from matrix_results.model import Cell, Status, Suite
from matrix_results.versions import partners, release

IMPOSSIBLE = "impossible: "
_TOGETHER = " with "
_ON_PYTHON = " on Python "

Pair = Tuple[str, str]
"""A project and a release of it."""


@dataclass(frozen=True)
class Square:
    """Two releases: the cells that have both, by Python, or why there can be none."""

    cells: Tuple[Cell, ...] = ()
    impossible: str = ""


@dataclass(frozen=True)
class SquareRow:
    """A release of the first package, with each release of the second."""

    version: str
    squares: Tuple[Square, ...]


@dataclass(frozen=True)
class Squares:
    """Two packages: releases of the first down, newest first, and of the second across."""

    down: str
    across: str
    columns: Tuple[str, ...]
    rows: Tuple[SquareRow, ...]


def releases(suite: Suite, name: str) -> Dict[str, str]:
    """Project -> release of the cells that go by this name; the package of the suite comes first."""
    return {_own(suite): name.partition("@")[0], **partners(name)}


def axes(suite: Suite) -> Tuple[str, ...]:
    """The packages that vary beside the suite's own; of most suites none."""
    return tuple({name: None for cell in suite.cells for name in partners(cell.version)})


def floors(suite: Suite) -> Optional[str]:
    """The name of the combination of all floors, if a cell that is no trial proves that it works."""
    if not axes(suite):
        return None
    named = {cell.version: releases(suite, cell.version) for cell in suite.cells}
    lowest: Dict[str, str] = {}
    for found in named.values():
        for package, version in found.items():
            known = lowest.setdefault(package, version)
            lowest[package] = min(known, version, key=_order)
    return next(
        (
            cell.version
            for cell in suite.cells
            if named[cell.version] == lowest and cell.status is Status.PASSED and not cell.trial
        ),
        None,
    )


def impossible(suite: Suite) -> Dict[FrozenSet[Pair], str]:
    """What cannot go together, and why."""
    return {
        frozenset(_pair(part) for part in told.split(_TOGETHER)): verdict[len(IMPOSSIBLE) :]
        for told, verdict in suite.verdicts.items()
        # What is impossible on one Python alone leaves the others.
        if verdict.startswith(IMPOSSIBLE) and _ON_PYTHON not in told
    }


def squares(suite: Suite) -> Tuple[Squares, ...]:
    """Every two packages of a suite against one another; of a suite that varies one, none."""
    packages = (_own(suite), *axes(suite))
    excluded = impossible(suite)
    found: Dict[FrozenSet[Pair], List[Cell]] = {}
    known: Dict[str, Dict[str, None]] = {package: {} for package in packages}
    for cell in suite.cells:
        of_cell = releases(suite, cell.version)
        for pair in combinations(of_cell.items(), 2):
            found.setdefault(frozenset(pair), []).append(cell)
        for package, version in of_cell.items():
            known[package][version] = None
    for pairs in excluded if len(packages) > 1 else ():
        for package, version in pairs:
            known.get(package, {})[version] = None
    versions = {package: sorted(known[package], key=_order) for package in packages}
    return tuple(
        _squares(down, across, versions, found, excluded)
        for down, across in combinations(packages, 2)
    )


def _squares(
    down: str,
    across: str,
    versions: Mapping[str, List[str]],
    found: Mapping[FrozenSet[Pair], List[Cell]],
    excluded: Mapping[FrozenSet[Pair], str],
) -> Squares:
    def square(one: str, other: str) -> Square:
        pair = frozenset({(down, one), (across, other)})
        cells = sorted(found.get(pair, ()), key=lambda cell: natural(cell.python))
        return Square(tuple(cells), "" if cells else excluded.get(pair, ""))

    return Squares(
        down,
        across,
        tuple(versions[across]),
        tuple(
            SquareRow(one, tuple(square(one, other) for other in versions[across]))
            for one in reversed(versions[down])
        ),
    )


def as_text(suites: Iterable[Suite], signs: Mapping[Status, str]) -> str:
    """The squares of suites as Markdown, a table each, and what cannot go together below it."""
    blocks = []
    for suite in suites:
        for each in squares(suite):
            blocks.append(f"## {each.down} down, {each.across} across (`{suite.address}`)")
            header = ["", *each.columns]
            rows = [
                [row.version, *(_told(square, signs) for square in row.squares)]
                for row in each.rows
            ]
            blocks.append(
                "\n".join(_line(cells) for cells in (header, ["---"] * len(header), *rows))
            )
            impossible_ones = [
                f"- {each.down} {row.version} with {each.across} {column}: {square.impossible}"
                for row in each.rows
                for column, square in zip(each.columns, row.squares)
                if square.impossible
            ]
            blocks += ["\n".join(impossible_ones)] if impossible_ones else []
    legend = ", ".join(f"`{sign}` {status.label}" for status, sign in signs.items())
    told = f"{legend}, `?` a trial; an empty square is not tested." if blocks else ""
    return "\n\n".join([*blocks, told]).strip() + "\n"


def _told(square: Square, signs: Mapping[Status, str]) -> str:
    if square.impossible:
        return "impossible"
    return " ".join(
        f"{signs[cell.status]}{cell.python}{'?' if cell.trial else ''}" for cell in square.cells
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '?') for cell in cells)} |"


def _own(suite: Suite) -> str:
    """The normalized name (PEP 503) of the package of a suite."""
    return str(canonicalize_name(project(suite)))


def _pair(told: str) -> Pair:
    package, _, version = told.partition(" ")
    return package, version


def _order(version: str) -> Tuple[int, object]:
    """By PEP 440; what is no release comes before all that are."""
    found = release(version)
    return (1, found) if found is not None else (0, natural(version))
