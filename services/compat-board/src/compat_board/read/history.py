"""What a history says: since when something is as it is, and from which release on it breaks.

Pure: cells of the model in, findings out.
"""

from __future__ import annotations

import datetime
import enum
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from compat_board.stored.evidence import BAD
from matrix_results import Cell, Status, Suite
from matrix_results.causes.natural_order import natural
from matrix_results.versions import pythons


class Standing(str, enum.Enum):
    """What a suite comes to, gravest first: the gravest status of a cell, or that it has a problem
    of its own, which keeps it from having cells."""

    FAILED = Status.FAILED.value
    UNRESOLVABLE = Status.UNRESOLVABLE.value
    NOT_GENERATED = "not-generated"
    NOT_RUN = Status.NOT_RUN.value
    KNOWN_FAILURE = Status.KNOWN_FAILURE.value
    PASSED = Status.PASSED.value

    @property
    def label(self) -> str:
        """For people: `not generated`."""
        return self.value.replace("-", " ")

    @property
    def gravity(self) -> int:
        """A rank: the gravest is 0."""
        return list(Standing).index(self)


@dataclass(frozen=True)
class RunInfo:
    """A run, without what it found; a `partial` one is of a part of the matrix."""

    identity: str
    made_at: datetime.datetime
    commit: Optional[str]
    partial: bool = False


@dataclass(frozen=True)
class Streak:
    """Runs in a row in which a cell had one status and one lock; `count` is how many they are."""

    status: Status
    lock: str
    first: RunInfo
    last: RunInfo
    count: int


@dataclass(frozen=True)
class RunSummary:
    """A run, and how many cells have each status that occurs."""

    run: RunInfo
    counts: Mapping[Status, int]


@dataclass(frozen=True)
class SuiteRun:
    """A suite in a run: the status of each of its cells, by release and Python."""

    run: RunInfo
    statuses: Mapping[Tuple[str, str], Status]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many cells have each status that occurs."""
        found = Counter(self.statuses.values())
        return {status: found[status] for status in Status if status in found}


@dataclass(frozen=True)
class CellChange:
    """Cells of a release whose status differs alike; None where there are no such cells."""

    version: str
    pythons: Tuple[str, ...]
    before: Optional[Status]
    after: Optional[Status]


@dataclass(frozen=True)
class Phase:
    """Runs in a row in which every cell had one status; `runs` is how many they are.

    `changes` are from the phase before, newest release first; none where no older run is known.
    """

    counts: Mapping[Status, int]
    first: RunInfo
    last: RunInfo
    runs: int
    changes: Tuple[CellChange, ...]


@dataclass(frozen=True)
class Break:
    """From `first_bad` on, no release that was tested on these Pythons works there.

    `last_bad` is the newest of those. `last_good` is the newest that works, older than both; None
    where no older release has a result. `between` are the releases from there to `first_bad` that
    no cell tests, in order.
    """

    pythons: Tuple[str, ...]
    first_bad: str
    last_bad: str
    last_good: Optional[str]
    between: Tuple[str, ...]


def streaks(results: Iterable[Tuple[RunInfo, Cell]]) -> Tuple[Streak, ...]:
    """The results of one cell, newest first, as streaks, newest first."""
    found: List[Streak] = []
    for run, cell in results:
        last = found[-1] if found else None
        if last is not None and (last.status, last.lock) == (cell.status, cell.lock):
            found[-1] = Streak(cell.status, cell.lock, run, last.last, last.count + 1)
        else:
            found.append(Streak(cell.status, cell.lock, run, run, 1))
    return tuple(found)


def phases(runs: Iterable[SuiteRun]) -> Tuple[Phase, ...]:
    """The runs of a suite, newest first, as phases, newest first."""
    alike = [list(same) for _, same in groupby(runs, key=lambda found: found.statuses)]
    return tuple(
        Phase(
            counts=same[0].counts,
            first=same[-1].run,
            last=same[0].run,
            runs=len(same),
            changes=_cell_changes(before[0].statuses, same[0].statuses) if before else (),
        )
        for same, before in zip(alike, [*alike[1:], None])
    )


def _cell_changes(
    before: Mapping[Tuple[str, str], Status], after: Mapping[Tuple[str, str], Status]
) -> Tuple[CellChange, ...]:
    found: Dict[Tuple[str, Optional[Status], Optional[Status]], List[str]] = {}
    for version, python in {**before, **after}:
        old, new = before.get((version, python)), after.get((version, python))
        if old is not new:
            found.setdefault((version, old, new), []).append(python)
    newest_first = sorted(found.items(), key=lambda item: natural(item[0][0]), reverse=True)
    return tuple(
        CellChange(version, pythons(names), old, new) for (version, old, new), names in newest_first
    )


def since(history: Sequence[Streak]) -> Optional[RunInfo]:
    """The earliest run since which the newest status holds, whatever the lock."""
    start: Optional[RunInfo] = None
    for streak in history:
        if streak.status is not history[0].status:
            break
        start = streak.first
    return start


def breaks(suite: Suite) -> Tuple[Break, ...]:
    """The first bad releases: for each Python from which one on, up to the newest, nothing works.

    Pythons with the same answer share it. A cell that did not run says nothing, nor does a red trial.
    """
    by_python: Dict[str, List[Cell]] = {}
    for cell in suite.cells:
        by_python.setdefault(cell.python, []).append(cell)
    found: Dict[Tuple[str, str, Optional[str]], List[str]] = {}
    for python in pythons(by_python):
        bad: List[str] = []
        last_good: Optional[str] = None
        for cell in by_python[python]:
            if cell.status is Status.PASSED:
                bad, last_good = [], cell.version
            elif cell.status in BAD and not cell.trial:
                bad.append(cell.version)
        if bad:
            found.setdefault((bad[0], bad[-1], last_good), []).append(python)
    known = list(suite.verdicts)
    position = {version: number for number, version in enumerate(known)}
    tested = {cell.version for cell in suite.cells}

    def between(good: Optional[str], bad: str) -> Tuple[str, ...]:
        """The verdicts are in the order of the releases."""
        if good not in position or bad not in position:
            return ()
        inside = known[position[good] + 1 : position[bad]]
        return tuple(version for version in inside if version not in tested)

    return tuple(
        Break(tuple(names), first_bad, last_bad, last_good, between(last_good, first_bad))
        for (first_bad, last_bad, last_good), names in found.items()
    )


def standing(suite: Suite) -> Standing:
    """What a suite comes to; without cells and without a problem, that none was run.

    Trials promise nothing, and so break nothing.
    """
    found = {Standing(cell.status.value) for cell in suite.cells if not cell.trial}
    if suite.problem:
        found.add(Standing.NOT_GENERATED)
    return min(found, key=lambda one: one.gravity, default=Standing.NOT_RUN)


def newest(suite: Suite) -> Tuple[Cell, ...]:
    """The cells of the newest release of a suite; none of a suite without cells."""
    if not suite.cells:
        return ()
    version = suite.cells[-1].version
    return tuple(cell for cell in suite.cells if cell.version == version)


def newest_passing(suite: Suite) -> Optional[str]:
    """The newest release with evidence that it works, and none that it does not; no red trial is."""
    found: Dict[str, Set[Status]] = {}
    for cell in suite.cells:
        statuses = found.setdefault(cell.version, set())
        if not cell.trial or cell.status is Status.PASSED:
            statuses.add(cell.status)
    for version, statuses in reversed(found.items()):
        if Status.PASSED in statuses and not statuses.intersection(BAD):
            return version
    return None
