"""A trial, on a Python that a release does not claim, is shown apart and breaks nothing."""

import json
import re
from typing import Any, Dict, Optional, Sequence

import pytest

from example_runs import NOON, cell, failure, plan, planned, run, suite
from matrix_results import (
    Cell,
    Kind,
    Outcome,
    Run,
    Status,
    collect,
    compare,
    decode,
    decode_plan,
    encode,
    identity,
    matrix_badge,
    merge,
    suite_badge,
)
from matrix_results.command import summary
from matrix_results.render import page, suite_grid
from matrix_results.support import BEGIN, END, Claim, claims, proven, table, unproven, updated

RED: Dict[str, Any] = {"status": Status.FAILED, "failed": 1, "failures": (failure(),)}
OTHER = {"python": "3.15", "results": "b.xml", "trial": True}
PAGE = f"{BEGIN}\n{END}\n"


def trial(python: str = "3.15", **more: Any) -> Cell:
    return cell(python=python, trial=True, **more)


def mixed() -> Run:
    return run(suite(cell("0.16.1", "3.13"), cell(python="3.14"), trial(**RED), trial("3.16")))


def test_what_is_planned_as_a_trial_is_reported_as_one() -> None:
    outcome = Outcome(tests=1, failed=1, skipped=0, seconds=0.1, failures=(failure(),))
    planned_cells = plan(planned(trial=True), planned(python="3.12", results="other.xml"))
    found = collect(planned_cells, {"cell.xml": outcome}, made_at=NOON).suites[0].cells
    assert [bool(of.trial) for of in found] == [True, False]
    assert found[0].status is Status.FAILED and not found[0].broken


def test_a_plan_of_before_there_were_trials_is_read() -> None:
    document = {"version": "1", "tier": "latest", "python": "3.13", "results": "a.xml"}
    suites = [{"address": "a:m", "package": None, "cells": [document, {**document, **OTHER}]}]
    text = json.dumps({"schema_version": 2, "suites": suites}).encode()
    assert [of.trial for of in decode_plan(text).suites[0].cells] == [False, True]


def test_only_a_trial_says_whether_it_is_one() -> None:
    """A report without any keeps its bytes, and so its identity."""
    assert encode(mixed()).count(b'"trial": true') == encode(mixed()).count(b'"trial"') == 2
    assert decode(encode(mixed())) == mixed()
    said = run(suite(cell(trial=False)))
    assert b"trial" not in encode(said)
    assert identity(said) == identity(run(suite(cell())))
    assert encode(merge([mixed()])) == encode(mixed())


def test_trials_are_counted_apart() -> None:
    assert mixed().counts()[Status.PASSED] == 2 and mixed().counts()[Status.FAILED] == 0
    assert summary(mixed()) == "2 passed; trials: 1 passed, 1 failed"
    assert summary(run(suite(trial()))) == "trials: 1 passed"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([cell("0.16.1"), cell(), trial(**RED)], "0.16.1 – 0.28.1"),
        ([cell("0.16.1"), trial(status=Status.UNRESOLVABLE)], "0.16.1"),
        ([cell("0.16.1"), trial()], "0.16.1"),
        ([cell("0.16.1"), trial(status=Status.NOT_RUN)], "0.16.1"),
        ([cell("0.16.1", **RED), trial()], "1 of 1 failing"),
        ([trial(**RED)], "trials only"),
    ],
)
def test_a_badge_is_of_what_is_promised(cells: Sequence[Cell], message: str) -> None:
    assert suite_badge(suite(*cells)).message == message


def test_the_badge_of_the_matrix_counts_no_trial() -> None:
    assert matrix_badge(mixed()).message == "2 passed"
    assert matrix_badge(run(suite(trial(**RED)))).message == "trials only"


def test_the_table_claims_a_trial_that_passes_and_is_silent_of_one_that_fails() -> None:
    assert table(mixed()).splitlines()[2:] == [
        "| `httpx>=0.16` | 0.16.1 (3.13), 0.28.1 (3.14, 3.16 trial) |  |"
    ]
    written = updated(PAGE, mixed())
    assert Claim("httpx>=0.16", "0.28.1", "3.16") in claims(written) == proven(mixed())
    later = run(suite(cell("0.16.1", "3.13"), cell(python="3.14"), trial("3.16", **RED)))
    assert list(map(str, unproven(written, later))) == ["httpx>=0.16 0.28.1 on Python 3.16"]


@pytest.mark.parametrize("status", [Status.KNOWN_FAILURE, Status.UNRESOLVABLE])
def test_nor_is_any_other_trial_that_does_not_work(status: Status) -> None:
    assert len(table(run(suite(trial(status=status)))).splitlines()) == 2


@pytest.mark.parametrize(
    ("before", "after", "kind", "told"),
    [
        (Status.PASSED, RED, Kind.CHANGED, "failed, was passed (trial)"),
        (Status.NOT_RUN, {}, Kind.CHANGED, "passed, was not run (trial)"),
        (Status.UNRESOLVABLE, {}, Kind.CHANGED, "passed, was unresolvable (trial)"),
        (None, RED, Kind.ADDED, "failed, is new (trial)"),
    ],
)
def test_a_change_of_a_trial_is_never_grave(
    before: Optional[Status], after: Dict[str, Any], kind: Kind, told: str
) -> None:
    old = run(suite(*([trial(status=before)] if before else [])))
    (change,) = compare(old, run(suite(trial(**after))))
    assert (change.kind, change.told) == (kind, told)


def test_the_page_shows_trials_apart() -> None:
    html = page(mixed())
    text = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert "<title>Version matrix: 2 of 2 passed</title>" in html
    assert "Needs attention" not in text
    assert "4 cells of these 2 trials, on Pythons that a release does not claim: 1 passed" in text
    assert "trials: 1 passed, 1 failed" in text
    assert 'data-statuses="passed trial"' in html and 'data-status="trial"' in html
    assert "failed: 0.28.1 on Python 3.15, a trial" in text


def test_the_cell_of_a_trial_is_marked() -> None:
    assert "✗?</b>" in suite_grid(suite(trial(**RED)))
    plain = page(run(suite(cell(**RED))))
    assert "✗?" not in plain and 'data-status="trial"' not in plain and "trials" not in plain
