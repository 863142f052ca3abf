"""Since when, and from which release on: findings from cells alone."""

import datetime
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

import msgspec
import pytest

from compat_board.read.history import (
    Break,
    CellChange,
    RunInfo,
    Standing,
    SuiteRun,
    breaks,
    newest,
    newest_passing,
    phases,
    since,
    standing,
    streaks,
)
from example_runs import NOON, cell, suite
from matrix_results import Cell, Status, Suite

P, F, K, N, U = (
    Status.PASSED,
    Status.FAILED,
    Status.KNOWN_FAILURE,
    Status.NOT_RUN,
    Status.UNRESOLVABLE,
)


def info(number: int) -> RunInfo:
    return RunInfo(f"sha256:{number}", NOON + datetime.timedelta(days=number), None)


def results(*found: Tuple[Status, str]) -> List[Tuple[RunInfo, Cell]]:
    """The results of a cell, newest first, as status and lock."""
    return [
        (info(len(found) - position), cell(status=status, lock=lock))
        for position, (status, lock) in enumerate(found)
    ]


def test_runs_with_one_status_and_lock_are_a_streak() -> None:
    found = streaks(results((F, "b"), (F, "b"), (P, "b"), (P, "a"), (P, "a")))
    assert [(s.status, s.lock, s.first, s.last, s.count) for s in found] == [
        (F, "b", info(4), info(5), 2),
        (P, "b", info(3), info(3), 1),
        (P, "a", info(1), info(2), 2),
    ]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([(P, "a")], info(1)),
        ([(F, "b"), (F, "a"), (P, "a")], info(2)),
        ([(F, "a"), (P, "a"), (F, "a")], info(3)),
    ],
)
def test_a_status_holds_since_its_first_run_whatever_the_lock(
    found: Sequence[Tuple[Status, str]], expected: Optional[RunInfo]
) -> None:
    assert since(streaks(results(*found))) == expected


def test_runs_in_which_every_cell_had_one_status_are_a_phase() -> None:
    old, new = ("1", "3.12"), ("2", "3.12")
    found = phases(
        [
            SuiteRun(info(5), {old: F, new: P}),
            SuiteRun(info(4), {old: P, new: F, ("2", "3.13"): F}),
            SuiteRun(info(3), {old: P, new: F, ("2", "3.13"): F}),
            SuiteRun(info(2), {old: P, new: P}),
            SuiteRun(info(1), {old: F, new: P}),
        ]
    )
    assert [(phase.counts, phase.first, phase.last, phase.runs) for phase in found] == [
        ({P: 1, F: 1}, info(5), info(5), 1),
        ({P: 1, F: 2}, info(3), info(4), 2),
        ({P: 2}, info(2), info(2), 1),
        ({P: 1, F: 1}, info(1), info(1), 1),
    ]
    assert [phase.changes for phase in found] == [
        (
            CellChange("2", ("3.12",), F, P),
            CellChange("2", ("3.13",), F, None),
            CellChange("1", ("3.12",), P, F),
        ),
        (CellChange("2", ("3.12",), P, F), CellChange("2", ("3.13",), None, F)),
        (CellChange("1", ("3.12",), F, P),),
        (),
    ]


def test_cells_of_a_release_that_change_alike_are_told_of_together() -> None:
    pythons = ("3.9", "3.10")
    before, after = ({("2", python): status for python in pythons} for status in (P, F))
    found = phases([SuiteRun(info(2), after), SuiteRun(info(1), before)])
    assert found[0].changes == (CellChange("2", pythons, P, F),)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], ()),
        ([P, P, P], ()),
        ([P, F, P], ()),
        ([P, P, F], (("2", "2", "1", ("1.5",)),)),
        ([P, F, F], (("1", "2", "0", ("0.5",)),)),
        ([F, F, F], (("0", "2", None, ()),)),
        ([P, K, U], (("1", "2", "0", ("0.5",)),)),
        ([P, N, F], (("2", "2", "0", ("0.5", "1.5")),)),
        ([P, F, N], (("1", "1", "0", ("0.5",)),)),
        ([N, N, N], ()),
    ],
)
def test_the_first_bad_release(
    statuses: Sequence[Status],
    expected: Sequence[Tuple[str, str, Optional[str], Tuple[str, ...]]],
) -> None:
    releases = ["0", "0.5", "1", "1.5", "2"]
    tested = suite(
        *(cell(str(number), "3.12", status) for number, status in enumerate(statuses)),
        verdicts={release: "" for release in releases},
    )
    assert breaks(tested) == tuple(Break(("3.12",), *found) for found in expected)


def test_pythons_that_break_alike_share_the_answer() -> None:
    tested = suite(
        *(cell("1", python, P) for python in ("3.9", "3.10", "3.13")),
        *(cell("2", python, F) for python in ("3.10", "3.9")),
        cell("2", "3.13", P),
    )
    assert breaks(tested) == (Break(("3.9", "3.10"), "2", "2", "1", ()),)


def test_each_python_has_its_own_last_release() -> None:
    tested = suite(
        cell("2", "3.8", F), cell("2", "3.12", F), cell("3", "3.12", F), cell("3", "3.13", F)
    )
    assert breaks(tested) == (
        Break(("3.8",), "2", "2", None, ()),
        Break(("3.12",), "2", "3", None, ()),
        Break(("3.13",), "3", "3", None, ()),
    )


def test_the_newest_release_and_the_newest_that_works() -> None:
    tested = suite(cell("1", "3.9"), cell("2", "3.9"), cell("2", "3.10", N), cell("3", "3.9", K))
    assert [found.version for found in newest(tested)] == ["3"]
    assert newest_passing(tested) == "2"
    assert (newest(suite()), newest_passing(suite())) == ((), None)
    assert newest_passing(suite(cell("1", "3.9", P), cell("1", "3.10", F))) is None


class Counted(Tuple[Cell, ...]):
    """Cells that count how often they are gone through."""

    walks = 0

    def __iter__(self) -> Iterator[Cell]:
        self.walks += 1
        return super().__iter__()


@pytest.mark.parametrize("finding", [breaks, newest, newest_passing])
def test_a_suite_is_gone_through_as_often_whatever_the_number_of_its_releases(
    finding: Callable[[Suite], object],
) -> None:
    walks = []
    for releases in (2, 200):
        cells = Counted(cell(str(number), f"3.{number}", F) for number in range(releases))
        finding(msgspec.structs.replace(suite(), cells=cells))
        walks.append(cells.walks)
    assert walks[0] == walks[1]


def test_the_gravest_status_counts() -> None:
    def of(*statuses: Status, problem: str = "") -> Standing:
        cells = (cell(str(number), status=status) for number, status in enumerate(statuses))
        return standing(suite(*cells, problem=problem))

    assert of(P, K, N, U, F) is Standing.FAILED
    assert of(P, K) is Standing.KNOWN_FAILURE
    assert of() is Standing.NOT_RUN
    assert of(problem="no samples.json") is Standing.NOT_GENERATED
    assert of(P, problem="no samples.json") is Standing.NOT_GENERATED
    assert of(F, problem="no samples.json") is Standing.FAILED
