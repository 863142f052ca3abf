"""The grid as templates see it: releases down, Pythons across, newest release first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from matrix_results.combinations import Squares, squares
from matrix_results.compare import Change
from matrix_results.model import Cell, Status, Suite
from matrix_results.versions import pythons

SIGNS: Mapping[Status, str] = {
    Status.PASSED: "✓",
    Status.FAILED: "✗",
    Status.KNOWN_FAILURE: "!",
    Status.NOT_RUN: "–",
    Status.UNRESOLVABLE: "⊘",
}
"""Every status has a sign beside its colour."""

TRIAL = "trial"
"""The word that trials are searched and filtered by."""


@dataclass(frozen=True)
class GridCell:
    """A cell, the anchor of its details, and what changed, if anything is known to have.

    `page` is the URL of a page of its own, if it has one.
    """

    cell: Cell
    address: str
    anchor: str
    change: Optional[Change]
    page: Optional[str] = None

    @property
    def link(self) -> Optional[str]:
        """Where there is more to read of it, if anywhere."""
        return self.page or (f"#{self.anchor}" if self.has_details else None)

    @property
    def sign(self) -> str:
        """The sign of its status."""
        return SIGNS[self.cell.status]

    @property
    def has_details(self) -> bool:
        """Whether there is more to read than fits a line; of a cell that did not run there is not."""
        return self.cell.status not in (Status.PASSED, Status.NOT_RUN)

    @property
    def broken(self) -> bool:
        """Whether somebody has to look at it."""
        return self.cell.broken

    @property
    def brief(self) -> str:
        """What is wrong, in a line: the first test that failed, or the reason."""
        return self.cell.failures[0].test if self.cell.failures else self.cell.reason

    @property
    def told(self) -> str:
        """All of it in a line, for a screen reader and a tooltip."""
        cell = self.cell
        trial = ", a trial" if cell.trial else ""
        parts = [f"{cell.status.label}: {cell.version} on Python {cell.python}{trial}"]
        if cell.seconds is not None:
            failed = f", {cell.failed} failed" if cell.failed else ""
            skipped = f", {cell.skipped} skipped" if cell.skipped else ""
            noun = "test" if cell.tests == 1 else "tests"
            parts.append(f"{cell.tests} {noun}{failed}{skipped} in {duration(cell.seconds)}")
        if cell.reason and not cell.failures:
            parts.append(cell.reason)
        if self.change:
            parts.append(f"was {self.change.before.label}" if self.change.before else "new")
        return "; ".join(parts)


@dataclass(frozen=True)
class GridRow:
    """A release: its tier and a cell, or a gap, for each Python of the grid."""

    version: str
    tier: str
    cells: Tuple[Optional[GridCell], ...]

    @property
    def broken(self) -> Tuple[GridCell, ...]:
        """The cells that somebody has to look at."""
        return tuple(entry for entry in self.cells if entry and entry.broken)

    @property
    def briefs(self) -> Tuple[str, ...]:
        """What is wrong with those, each once."""
        return tuple(dict.fromkeys(entry.brief for entry in self.broken if entry.brief))

    @property
    def words(self) -> str:
        """What a search finds the row by."""
        found = [self.version, self.tier]
        for entry in self.cells:
            if entry:
                found += [entry.cell.python, entry.cell.status.label]
                found += [TRIAL] if entry.cell.trial else []
                found += ["changed"] if entry.change else []
                found += [failure.test for failure in entry.cell.failures]
        return " ".join(dict.fromkeys(found)).lower()

    @property
    def statuses(self) -> str:
        """The statuses of its cells, of trials that they are, and `changed` if one did, for filters."""
        found = {
            TRIAL if entry.cell.trial else entry.cell.status.value for entry in self.cells if entry
        }
        changed = {"changed"} if any(entry and entry.change for entry in self.cells) else set()
        return " ".join(sorted(found | changed))


@dataclass(frozen=True)
class Grid:
    """One suite as a grid."""

    suite: Suite
    anchor: str
    pythons: Tuple[str, ...]
    rows: Tuple[GridRow, ...]
    squares: Tuple[Squares, ...] = ()

    def entry(self, cell: Cell) -> GridCell:
        """A cell of the suite as the grid shows it."""
        return next(
            entry
            for row in self.rows
            for entry in row.cells
            if row.version == cell.version and entry and entry.cell is cell
        )

    @property
    def detailed(self) -> Tuple[GridCell, ...]:
        """The cells with more to read and no page for it, in the order of the rows."""
        return tuple(
            entry
            for row in self.rows
            for entry in row.cells
            if entry and entry.has_details and not entry.page
        )

    @property
    def counts(self) -> Tuple[Tuple[Status, int], ...]:
        """How many cells have each status that occurs, but for trials."""
        return self._counts(trial=False)

    @property
    def trial_counts(self) -> Tuple[Tuple[Status, int], ...]:
        """How many trials have each status that occurs."""
        return self._counts(trial=True)

    def _counts(self, *, trial: bool) -> Tuple[Tuple[Status, int], ...]:
        entries = (entry for row in self.rows for entry in row.cells if entry)
        found = [entry.cell.status for entry in entries if bool(entry.cell.trial) is trial]
        return tuple((status, found.count(status)) for status in Status if status in found)


def grid(
    suite: Suite,
    changes: Sequence[Change] = (),
    cell_page: Optional[Callable[[Cell], str]] = None,
) -> Grid:
    """The grid of a suite; `changes` are those of a comparison, of any suites.

    `cell_page` gives the URL of a cell's own page, where cells have one.
    """
    changed = {change.address: change for change in changes if change.after}
    columns = pythons(cell.python for cell in suite.cells)
    rows: Dict[str, List[Cell]] = {}
    for cell in suite.cells:
        rows.setdefault(cell.version, []).append(cell)

    def entry(cell: Cell) -> GridCell:
        address = suite.address_of(cell)
        own_page = cell_page(cell) if cell_page else None
        return GridCell(cell, address, anchor(address), changed.get(address), own_page)

    def row(version: str, cells: Sequence[Cell]) -> GridRow:
        by_python = {cell.python: entry(cell) for cell in cells}
        return GridRow(version, cells[0].tier, tuple(by_python.get(name) for name in columns))

    return Grid(
        suite=suite,
        anchor=anchor(suite.address),
        pythons=columns,
        rows=tuple(row(version, rows[version]) for version in reversed(list(rows))),
        squares=squares(suite),
    )


def anchor(address: str) -> str:
    """The fragment that leads to a suite or a cell: safe in a URL whatever the address holds."""
    return f"c-{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:12]}"


def duration(seconds: Optional[float]) -> str:
    """`0.7 s`, `42 s`, `3 min`."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
