"""What changed between two runs."""

from typing import Optional

import pytest

from example_runs import cell, run, suite
from matrix_results import Kind, Run, Status, compare


def runs(status: Optional[Status]) -> Run:
    return run(suite(*([cell(status=status)] if status else [])))


@pytest.mark.parametrize(
    ("before", "after", "kind", "told"),
    [
        (Status.PASSED, Status.FAILED, Kind.BROKEN, "failed, was passed"),
        (Status.KNOWN_FAILURE, Status.FAILED, Kind.BROKEN, "failed, was known failure"),
        (Status.PASSED, Status.UNRESOLVABLE, Kind.BROKEN, "unresolvable, was passed"),
        (None, Status.FAILED, Kind.BROKEN, "failed, is new"),
        (Status.FAILED, Status.PASSED, Kind.MENDED, "passed, was failed"),
        (Status.FAILED, Status.KNOWN_FAILURE, Kind.CHANGED, "known failure, was failed"),
        (Status.PASSED, Status.NOT_RUN, Kind.CHANGED, "not run, was passed"),
        (None, Status.PASSED, Kind.ADDED, "passed, is new"),
        (Status.FAILED, None, Kind.REMOVED, "gone, was failed"),
    ],
)
def test_a_change(before: Optional[Status], after: Optional[Status], kind: Kind, told: str) -> None:
    (change,) = compare(runs(before), runs(after))
    assert (change.kind, change.told) == (kind, told)
    assert change.address == "libs/x/tests/httpx:matrix#0.28.1@python=3.13"


def test_the_address_of_a_release_with_an_epoch_can_be_typed() -> None:
    (change,) = compare(run(suite()), run(suite(cell("1!2.0"))))
    assert change.address == "libs/x/tests/httpx:matrix#1~2.0@python=3.13"


@pytest.mark.parametrize("status", [None, *Status])
def test_what_stays_is_no_change(status: Optional[Status]) -> None:
    assert compare(runs(status), runs(status)) == ()


HTTPX, REDIS = suite(cell()), suite(cell(status=Status.FAILED), address="b:matrix")
NEITHER = run(other_suites=2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (run(HTTPX, REDIS), run(HTTPX, other_suites=1)),
        (run(HTTPX, other_suites=1), run(HTTPX, REDIS)),
        (run(HTTPX, other_suites=1), run(REDIS, other_suites=1)),
        (run(HTTPX), NEITHER),
        (NEITHER, run(REDIS)),
    ],
)
def test_a_suite_that_a_partial_run_lacks_is_neither_new_nor_gone(before: Run, after: Run) -> None:
    assert compare(before, after) == ()


def test_a_cell_that_a_suite_of_a_partial_run_lacks_is_gone() -> None:
    (change,) = compare(run(HTTPX), run(suite(), other_suites=1))
    assert change.kind is Kind.REMOVED


def test_the_gravest_change_comes_first() -> None:
    before = run(suite(cell("1"), cell("2", status=Status.FAILED), cell("3")))
    after = run(suite(cell("0"), cell("1"), cell("2"), cell("3", status=Status.FAILED)))
    assert [change.kind for change in compare(before, after)] == [
        Kind.BROKEN,
        Kind.MENDED,
        Kind.ADDED,
    ]
