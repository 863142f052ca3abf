"""What a page or an answer of the API says: found by one session, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Optional, Sequence, Tuple

from sqlalchemy.orm import Session

from compat_board.read import history, reading
from compat_board.read.history import Break, Phase, RunInfo, Standing, Streak, SuiteRun
from compat_board.read.reading import CellResult, SuiteState
from matrix_results import Cell, Change, PinChange, Run, Status, Suite, compare, lock_changes
from matrix_results.causes import Finding
from matrix_results.causes.natural_order import natural
from matrix_results.failure_groups import groups_of

# The failures of so many cells are compared: more than a matrix has, and still done while one waits.
COMPARED_CELLS = 100
SUITE_RUNS = 100
# Of a suite beyond all measure fewer runs are shown.
SUITE_RUN_CELLS = 50_000
CELL_RUNS = 200
# On each side.
NEIGHBOURS = 4


@dataclass(frozen=True)
class PackageRow:
    """A line of the overview.

    `newest` are the cells of the newest tested release, `works` is the newest release that passes.
    What trials came to is counted apart.
    """

    state: SuiteState
    standing: Standing
    newest: Tuple[Cell, ...]
    works: Optional[str]
    counts: Mapping[Status, int]
    trials: Mapping[Status, int]

    @property
    def name(self) -> str:
        """Its place in URLs."""
        return self.state.name

    @property
    def suite(self) -> Suite:
        """The suite itself."""
        return self.state.suite

    @property
    def gone(self) -> bool:
        """Whether the matrix has no such suite any more."""
        return self.state.gone


@dataclass(frozen=True)
class Overview:
    """The suites of the matrix, those that need attention first, and those that have left it."""

    run: Optional[RunInfo]
    rows: Tuple[PackageRow, ...]
    gone: Tuple[PackageRow, ...]

    @property
    def counts(self) -> Mapping[Status, int]:
        """Of all cells of the matrix but trials; every status is named."""
        return _total(row.counts for row in self.rows)

    @property
    def trials(self) -> Mapping[Status, int]:
        """Of all trials of the matrix; every status is named."""
        return _total(row.trials for row in self.rows)

    @property
    def standings(self) -> Mapping[Standing, int]:
        """How many suites of the matrix have each standing that occurs, gravest first."""
        found = [row.standing for row in self.rows]
        return {standing: found.count(standing) for standing in Standing if standing in found}

    def matching(self, words: str) -> "Overview":
        """The part whose names hold all words."""
        wanted = words.lower().split()
        rows, gone = (
            tuple(row for row in rows if _has_words(row, wanted)) for rows in (self.rows, self.gone)
        )
        return Overview(self.run, rows, gone)

    def having(self, standing: Optional[Standing]) -> "Overview":
        """The part of the matrix that has a standing; all there is if it is None."""
        if standing is None:
            return self
        return Overview(self.run, tuple(r for r in self.rows if r.standing is standing), ())

    def as_run(self) -> Optional[Run]:
        """What is known of the matrix, as one run; None if there is none yet."""
        if self.run is None:
            return None
        return Run(
            made_at=self.run.made_at,
            commit=self.run.commit,
            suites=tuple(row.suite for row in sorted(self.rows, key=lambda row: row.name)),
        )


@dataclass(frozen=True)
class Package:
    """One suite: its state, what changed since the run before, and from where on it breaks.

    `failures` are what fails, each cause once.
    """

    row: PackageRow
    breaks: Tuple[Break, ...]
    changes: Tuple[Change, ...]
    runs: Tuple[SuiteRun, ...]
    failures: Tuple[Finding, ...]

    @property
    def phases(self) -> Tuple[Phase, ...]:
        """Its runs, those in a row in which every cell had one status as one."""
        return history.phases(self.runs)


@dataclass(frozen=True)
class Neighbours:
    """The cells next to one, itself among them, and how many more there are."""

    cells: Tuple[Cell, ...]
    hidden: int


@dataclass(frozen=True)
class CellPage:
    """One cell: what it did last, since when, and what differs from when it last passed.

    `changes` is None where the pins of one of the two are not known. `of_release` and `of_python`
    are its neighbours in the grid. `current` tells whether the suite still has the cell.
    """

    suite: SuiteState
    result: CellResult
    current: bool
    since: Optional[RunInfo]
    streaks: Tuple[Streak, ...]
    green: Optional[CellResult]
    changes: Optional[Tuple[PinChange, ...]]
    of_release: Neighbours
    of_python: Neighbours


def overview(session: Session) -> Overview:
    """Every suite as its latest run found it."""
    rows = [_row(state) for state in reading.current_suites(session)]
    rows.sort(key=lambda row: (row.standing.gravity, row.name))
    return Overview(
        reading.newest_run(session),
        tuple(row for row in rows if not row.gone),
        tuple(row for row in rows if row.gone),
    )


def package(session: Session, name: str) -> Optional[Package]:
    """One suite; None if there never was one of this name."""
    state = reading.suite_named(session, name, failures=COMPARED_CELLS)
    if state is None:
        return None
    before = reading.suite_named(session, name, age=1)
    return Package(
        row=_row(state),
        breaks=history.breaks(state.suite),
        changes=compare(_run_of(before), _run_of(state)) if before is not None else (),
        runs=tuple(reading.suite_history(session, name, limit=_runs_shown(state.suite))),
        failures=groups_of([state.suite]),
    )


def _neighbours(cells: Sequence[Cell], cell: Cell) -> Neighbours:
    """Those of `cells` around one; around the last if it is not among them."""
    shown = 2 * NEIGHBOURS + 1
    found = [position for position, other in enumerate(cells) if other.key == cell.key]
    first = max(0, min((found or [len(cells)])[0] - NEIGHBOURS, len(cells) - shown))
    return Neighbours(tuple(cells[first : first + shown]), max(0, len(cells) - shown))


def _runs_shown(suite: Suite) -> int:
    return max(2, min(SUITE_RUNS, SUITE_RUN_CELLS // max(len(suite.cells), 1)))


def cell(session: Session, name: str, version: str, python: str) -> Optional[CellPage]:
    """One cell, also one that its suite no longer has; None if there never was one."""
    results = reading.cell_history(session, name, version, python, limit=CELL_RUNS)
    suite = reading.suite_named(session, name)
    if not results or suite is None:
        return None
    latest = results[0]
    streaks = history.streaks((result.run, result.cell) for result in results)
    green = None
    if latest.cell.status is not Status.PASSED:
        green = reading.last_green(session, name, version, python)
    known = green is not None and green.pins is not None and latest.pins is not None
    cells = suite.suite.cells
    return CellPage(
        suite=suite,
        result=latest,
        current=latest.run == suite.run,
        since=history.since(streaks),
        streaks=streaks,
        green=green,
        changes=lock_changes(green.pins or (), latest.pins or ()) if green and known else None,
        of_release=_neighbours(
            sorted((c for c in cells if c.version == version), key=_by_python), latest.cell
        ),
        of_python=_neighbours([c for c in cells if c.python == python], latest.cell),
    )


def _row(state: SuiteState) -> PackageRow:
    suite = state.suite
    newest = history.newest(suite)
    return PackageRow(
        state=state,
        standing=history.standing(suite),
        newest=tuple(sorted(newest, key=_by_python)),
        works=history.newest_passing(suite),
        counts=_counts(cell for cell in suite.cells if not cell.trial),
        trials=_counts(cell for cell in suite.cells if cell.trial),
    )


def _counts(cells: Iterable[Cell]) -> Mapping[Status, int]:
    found = [cell.status for cell in cells]
    return {status: found.count(status) for status in Status}


def _total(counts: Iterable[Mapping[Status, int]]) -> Mapping[Status, int]:
    total = {status: 0 for status in Status}
    for found in counts:
        for status, count in found.items():
            total[status] += count
    return total


def _has_words(row: PackageRow, words: Sequence[str]) -> bool:
    text = f"{row.suite.title} {row.suite.address}".lower()
    return all(word in text for word in words)


def _run_of(state: SuiteState) -> Run:
    return Run(made_at=state.run.made_at, commit=state.run.commit, suites=(state.suite,))


def _by_python(cell: Cell) -> tuple[tuple[int, int, str], ...]:
    return natural(cell.python)
