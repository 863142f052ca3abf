"""A trial, on a Python that a release does not claim, is shown apart and breaks nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from board_testing.inside import Board
from example_runs import cell, failure, run, suite
from matrix_results import Run, Status, encode

RED: dict[str, Any] = {"status": Status.FAILED, "failed": 1, "failures": (failure(),)}


def mixed() -> Run:
    """A green matrix with a red trial of the newest release."""
    return run(suite(cell("0.16.1"), cell(python="3.13"), cell(python="3.15", trial=True, **RED)))


@pytest.fixture
def told(board: Board) -> Board:
    assert board.send(mixed()).status_code == 201
    return board


def test_a_run_comes_back_with_its_trials(told: Board) -> None:
    (received,) = told.runs()
    whole = told.get(f"/api/v1/runs/{received['identity']}")
    assert whole.json() == json.loads(encode(mixed()))


def test_a_red_trial_breaks_nothing(told: Board) -> None:
    (package,) = told.get("/api/v1/packages").json()
    assert (package["status"], package["works"]) == ("passed", "0.28.1")
    assert (package["counts"], package["trials"]) == ({"passed": 2}, {"failed": 1})
    detail = told.get("/api/v1/packages/httpx").json()
    assert detail["breaks"] == []
    assert [of["trial"] for of in detail["cells"]] == [False, False, True]
    (received,) = told.runs()
    assert received["counts"] == {"passed": 2}


def test_pages_show_trials_apart(told: Board) -> None:
    overview = " ".join(told.get("/").text.split())
    assert "1 trial, on Pythons that a release does not claim: 1 failed" in overview
    assert "2 cells" in overview and "a trial: failed" in overview
    grid = told.get("/packages/httpx").text
    assert 'class="mx-cell mx-failed mx-trial"' in grid and "First bad release" not in grid
    page = told.get("/packages/httpx/0.28.1/3.15").text
    assert "A trial: 0.28.1 admits Python 3.15, but does not claim to support it." in page


def test_a_report_of_before_there_were_trials_is_taken(board: Board) -> None:
    """And one of a version that has more to say of them."""
    old = json.loads(encode(run(suite(cell()))))
    assert "trial" not in json.dumps(old)
    assert board.send(json.dumps(old).encode()).status_code == 201
    newer = json.loads(encode(mixed()))
    newer["schema_version"] = 3
    newer["suites"][0]["cells"][2]["trial_since"] = "2026-11-01"
    assert board.send(json.dumps(newer).encode()).status_code == 201
    (package,) = board.get("/api/v1/packages").json()
    assert package["trials"] == {"failed": 1}
