"""The JSON API, and the document that describes it."""

import json
from typing import Any

import pytest

from board_history import BROKEN_SINCE, realistic_history
from board_testing.inside import Board
from compat_board.shown.api_models import CellDetailAnswer, PackageAnswer, PackageDetailAnswer
from example_runs import cell, failure, run, suite
from matrix_results import Status, encode, identity

RUNS = realistic_history(BROKEN_SINCE + 2)


@pytest.fixture
def history(board: Board) -> Board:
    for found in RUNS:
        board.send(found)
    return board


def test_runs(history: Board) -> None:
    found = history.get("/api/v1/runs?limit=2").json()
    assert [run["identity"] for run in found] == [identity(RUNS[-1]), identity(RUNS[-2])]
    assert found[0]["counts"] == {
        "passed": 140,
        "failed": 2,
        "known-failure": 1,
        "not-run": 2,
        "unresolvable": 1,
    }
    assert history.get("/api/v1/runs?limit=0").status_code == 422
    assert history.get("/api/v1/runs/sha256:none").json() == {
        "detail": "There is nothing at this address. "
        "A package has a page once a report has told of it."
    }


def test_a_package(history: Board) -> None:
    answer = history.get("/api/v1/packages/celery").json()
    PackageDetailAnswer.model_validate(answer)
    assert (answer["newest"], answer["works"], answer["status"]) == ("5.6.0", "5.5.3", "failed")
    assert {
        "pythons": ["3.13"],
        "first_bad": "5.6.0",
        "last_bad": "5.6.0",
        "last_good": None,
        "between": [],
    } in answer["breaks"]
    assert len(answer["cells"]) == 10 and len(answer["runs"]) == len(RUNS)


def test_packages(history: Board) -> None:
    answers = [
        PackageAnswer.model_validate(found) for found in history.get("/api/v1/packages").json()
    ]
    assert len(answers) == 16


def test_a_cell(history: Board) -> None:
    answer = history.get("/api/v1/packages/celery/5.6.0/3.13").json()
    CellDetailAnswer.model_validate(answer)
    assert answer["since"]["identity"] == identity(RUNS[-BROKEN_SINCE])
    assert answer["last_green"]["identity"] == identity(RUNS[-BROKEN_SINCE - 1])
    assert {"project": "kombu", "before": ["5.5.4"], "after": ["5.6.0"]} in answer["lock_changes"]
    assert [streak["count"] for streak in answer["history"]] == [BROKEN_SINCE, 2]
    assert answer["failures"][0]["test"] == "test_celery::test_headers_travel_with_a_task"


def test_the_document_describes_every_route(board: Board) -> None:
    document: Any = board.get("/openapi.json").json()
    assert sorted(path for path in document["paths"] if path.startswith("/api/")) == [
        "/api/v1/canaries",
        "/api/v1/canary",
        "/api/v1/merged",
        "/api/v1/packages",
        "/api/v1/packages/{name}",
        "/api/v1/packages/{name}/{version}/{python}",
        "/api/v1/runs",
        "/api/v1/runs/{identity}",
    ]
    post = document["paths"]["/api/v1/runs"]["post"]
    assert {"200", "201", "401", "409", "413", "422", "503"} <= set(post["responses"])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            refusals = {status for status in operation["responses"] if status[0] != "2"}
            assert {"422", "503", *(["404"] if "{" in path else [])} <= refusals
            for status in refusals:
                (content,) = operation["responses"][status]["content"].values()
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
    (scheme,) = post["security"]
    assert set(scheme) <= set(document["components"]["securitySchemes"])


def test_the_document_has_the_schema_of_a_report(board: Board) -> None:
    post = board.get("/openapi.json").json()["paths"]["/api/v1/runs"]["post"]
    wanted = post["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in json.dumps(wanted)
    broken = cell(status=Status.FAILED, tests=1, failed=1, failures=(failure(),))
    report = json.loads(encode(run(suite(broken))))
    for part in ("suites", "cells", "failures"):
        assert set(report) <= set(wanted["properties"]) and set(wanted["required"]) <= set(report)
        wanted = wanted["properties"][part]["items"]
        report = report[part][0]
    assert set(report) == set(wanted["required"]) == {"test", "text"}


def test_every_refusal_has_one_shape(board: Board) -> None:
    for answer in (
        board.get("/api/v1/runs?limit=0"),
        board.send(b"{}"),
        board.send(RUNS[0], covers="half"),
        board.get("/api/v1/nothing"),
    ):
        assert list(answer.json()) == ["detail"] and isinstance(answer.json()["detail"], str)
    told = board.get("/api/v1/runs?limit=0").json()["detail"]
    assert told == "limit: Input should be greater than or equal to 1."


def test_the_headers_of_an_answer_can_be_asked_for_alone(history: Board) -> None:
    for path in ("/api/v1/runs", "/api/v1/packages", "/api/v1/packages/celery"):
        answer = history.ask("HEAD", path)
        assert answer.status_code == 200
        assert answer.headers["ETag"] == history.get(path).headers["ETag"]
    assert history.ask("HEAD", "/api/v1/packages/nothing").status_code == 404


def test_the_board_is_ready_when_its_tables_are(board: Board) -> None:
    assert board.get("/readyz").json() == {"status": "ready", "failing": {}}


def test_an_address_that_answers_other_methods_names_all_of_them(board: Board) -> None:
    answer = board.ask("OPTIONS", "/api/v1/runs")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
