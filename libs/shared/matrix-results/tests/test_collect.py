"""What may be said of a cell, and runs of several shards."""

import datetime
from dataclasses import replace
from typing import Any, Dict, Optional, Tuple

import pytest
from msgspec.structs import replace as replace_run

from example_runs import LOCK, NOON, cell, failure, plan, planned, run, suite
from matrix_results import Cell, KnownFailure, Outcome, Plan, Run, Status, Suite, collect, merge

PASSED = Outcome(tests=3, failed=0, skipped=1, seconds=0.5, ran_at=NOON)
FAILED = Outcome(tests=3, failed=1, skipped=0, seconds=0.5, ran_at=NOON, failures=(failure(),))
EMPTY = Outcome(tests=0, failed=0, skipped=0, seconds=0.1)
SKIPPED = Outcome(tests=2, failed=0, skipped=2, seconds=0.1)
STUCK = Outcome(tests=1, failed=1, skipped=0, seconds=0, not_started="no wheel")
NARROWED = replace(PASSED, selection="-k one")
NARROWED_FAILED = replace(FAILED, selection="-k one")
LEFT_OUT = Outcome(tests=1, failed=0, skipped=1, seconds=0, not_started="no Python 3.8")
KNOWN = KnownFailure(reason="its issue 1234")
TODAY = KnownFailure(reason="its issue 1234", until=NOON.date())
PAST = KnownFailure(reason="its issue 1234", until=NOON.date() - datetime.timedelta(days=1))


def collected(outcome: Optional[Outcome], **more: Any) -> Cell:
    outcomes: Dict[str, Outcome] = {"cell.xml": outcome} if outcome else {}
    (found,) = collect(plan(planned(**more)), outcomes, made_at=NOON).suites[0].cells
    return found


@pytest.mark.parametrize(
    ("outcome", "more", "status", "reason"),
    [
        (PASSED, {}, Status.PASSED, ""),
        (FAILED, {}, Status.FAILED, ""),
        (None, {}, Status.NOT_RUN, "No result"),
        (None, {"known_failure": KNOWN}, Status.NOT_RUN, "No result"),
        (EMPTY, {}, Status.NOT_RUN, "No test ran: none was collected."),
        (SKIPPED, {}, Status.NOT_RUN, "No test ran: all 2 were skipped."),
        (FAILED, {"known_failure": KNOWN}, Status.KNOWN_FAILURE, "its issue 1234"),
        (FAILED, {"known_failure": TODAY}, Status.KNOWN_FAILURE, "1234 (until 2024-11-21)"),
        (FAILED, {"known_failure": PAST}, Status.FAILED, "only until 2024-11-20"),
        (PASSED, {"known_failure": KNOWN}, Status.FAILED, "passes, but is listed"),
        (STUCK, {}, Status.FAILED, "no wheel"),
        (STUCK, {"known_failure": KNOWN}, Status.FAILED, "no wheel"),
        (LEFT_OUT, {}, Status.NOT_RUN, "no Python 3.8"),
        (NARROWED, {}, Status.NOT_RUN, "Only a selection of its tests ran: -k one"),
        (NARROWED, {"known_failure": KNOWN}, Status.NOT_RUN, "-k one"),
        (NARROWED, {"known_failure": PAST}, Status.NOT_RUN, "-k one"),
        (NARROWED_FAILED, {}, Status.FAILED, "Only a selection of its tests ran: -k one"),
        (NARROWED_FAILED, {"known_failure": KNOWN}, Status.KNOWN_FAILURE, "its issue 1234"),
        (NARROWED_FAILED, {"known_failure": PAST}, Status.FAILED, "only until 2024-11-20"),
        (replace(SKIPPED, selection="-k one"), {}, Status.NOT_RUN, "all 2 were skipped"),
        (PASSED, {"problem": "a.lock is missing"}, Status.UNRESOLVABLE, "a.lock is missing"),
        (replace(PASSED, lock=LOCK), {"lock": LOCK}, Status.PASSED, ""),
        (replace(PASSED, lock="sha256:b"), {"lock": LOCK}, Status.NOT_RUN, "another lock"),
        (PASSED, {"lock": LOCK}, Status.PASSED, ""),
    ],
)
def test_the_status_of_a_cell(
    outcome: Optional[Outcome], more: Dict[str, Any], status: Status, reason: str
) -> None:
    found = collected(outcome, **more)
    assert found.status is status
    assert reason in found.reason and bool(reason) == bool(found.reason)


def test_a_cell_that_ran_says_how_one_that_did_not_says_nothing() -> None:
    ran = collected(FAILED, lock=LOCK)
    assert (ran.tests, ran.failed, ran.seconds, ran.ran_at) == (3, 1, 0.5, NOON)
    assert (ran.failures, ran.lock) == ((failure(),), LOCK)
    other = collected(SKIPPED)
    assert (other.tests, other.seconds, other.ran_at) == (0, None, None)


def test_a_known_failure_ends_in_utc_wherever_the_report_is_made() -> None:
    ahead = NOON.replace(hour=23).astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    planned_cell = plan(planned(known_failure=TODAY))
    found = collect(planned_cell, {"cell.xml": FAILED}, made_at=ahead)
    assert [cell.status for _, cell in found.cells()] == [Status.KNOWN_FAILURE]


def test_results_of_cells_that_no_longer_exist_are_left_out() -> None:
    found = collect(plan(planned()), {"gone.xml": PASSED}, made_at=NOON, commit="4cc479e")
    assert found.commit == "4cc479e"
    assert [cell.status for _, cell in found.cells()] == [Status.NOT_RUN]


def test_of_the_planned_locks_those_of_its_cells_are_told() -> None:
    known: Dict[str, Tuple[str, ...]] = {
        LOCK: ("httpx==0.28.1",),
        "sha256:of-no-cell": ("httpx==0.1",),
    }
    found = collect(
        with_locks(
            plan(planned("0.1", lock="sha256:unknown", results="0.1.xml"), planned(lock=LOCK)),
            known,
        ),
        {},
        made_at=NOON,
    )
    assert found.locks == {LOCK: ("httpx==0.28.1",)}


def with_locks(given: Plan, locks: Dict[str, Tuple[str, ...]]) -> Plan:
    return Plan(suites=given.suites, locks=locks)


NOT_RUN = cell(status=Status.NOT_RUN)
EARLY = cell(status=Status.FAILED, ran_at=NOON - datetime.timedelta(hours=2))
LATE = cell(ran_at=NOON - datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (NOT_RUN, LATE, Status.PASSED),
        (LATE, NOT_RUN, Status.PASSED),
        (EARLY, LATE, Status.PASSED),
        (LATE, EARLY, Status.PASSED),
        (NOT_RUN, NOT_RUN, Status.NOT_RUN),
    ],
)
def test_of_several_shards_the_latest_result_counts(
    first: Cell, second: Cell, expected: Status
) -> None:
    merged = merge([run(suite(first)), run(suite(second))])
    assert [found.status for _, found in merged.cells()] == [expected]


def test_a_result_of_another_lock_is_not_merged() -> None:
    merged = merge(
        [
            run(suite(cell(lock="sha256:old", ran_at=NOON))),
            run(
                suite(cell(status=Status.NOT_RUN, lock="sha256:new")),
                made_at=NOON + datetime.timedelta(hours=1),
            ),
        ]
    )
    assert [found.status for _, found in merged.cells()] == [Status.NOT_RUN]


def test_the_newest_run_says_which_cells_there_are() -> None:
    merged = merge(
        [
            run(suite(cell("0.28.1")), made_at=NOON + datetime.timedelta(hours=1), commit="new"),
            run(suite(cell("0.1")), suite(cell(), address="gone:matrix"), commit="old"),
        ]
    )
    assert merged.commit == "new"
    assert [found.version for _, found in merged.cells()] == ["0.28.1"]


A, B, C, D = (suite(cell(), address=f"{name}:matrix") for name in "abcd")


@pytest.mark.parametrize(
    ("older", "newest", "suites", "others"),
    [
        # Parts of one commit add up, whatever the order.
        (run(A, other_suites=3), run(B, other_suites=3), (A, B), 2),
        (run(A, B, other_suites=2), run(C, D, other_suites=2), (A, B, C, D), 0),
        (run(A, B, C, D), run(C, other_suites=3), (A, B, C, D), 0),
        # What the newest run is of all of, no other adds to.
        (run(A, B, other_suites=2), run(C, D), (C, D), 0),
        # Of another commit nobody knows which suites are still there.
        (run(A, other_suites=1, commit="old"), run(B, other_suites=1), (B,), 1),
        # At most so many are unknown as there are.
        (run(A, B), run(C, other_suites=1), (A, B, C), 0),
    ],
)
def test_which_suites_several_shards_are_of(
    older: Run, newest: Run, suites: Tuple[Suite, ...], others: int
) -> None:
    merged = merge([newest, replace_run(older, made_at=NOON - datetime.timedelta(hours=1))])
    assert (merged.suites, merged.other_suites) == (suites, others)


def test_each_merged_suite_brings_its_locks() -> None:
    one = run(suite(cell(lock="sha256:1")), other_suites=1, locks={"sha256:1": ("a==1",)})
    other = suite(cell(lock="sha256:2"), address="b:matrix")
    merged = merge([one, run(other, other_suites=1, locks={"sha256:2": ("b==2",)})])
    assert merged.locks == {"sha256:1": ("a==1",), "sha256:2": ("b==2",)}


def test_a_report_says_how_many_suites_the_plan_leaves_out() -> None:
    found = collect(Plan(suites=(), other_suites=3), {}, made_at=NOON)
    assert (found.other_suites, found.all_suites) == (3, 3)


def test_there_must_be_a_run_to_merge() -> None:
    with pytest.raises(ValueError, match="no run"):
        merge([])
