"""Reports that are taken, and those that are not: then nothing is stored."""

import asyncio
import datetime
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Callable, Dict, List

import httpx
import pytest

from board_history import realistic_history
from board_testing.inside import Board
from example_runs import NOON, cell, failure, run, suite
from matrix_results import Run, Status, decode, encode, identity

RUN = realistic_history(1)[0]
HOSTILE = "</style></script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


def test_a_report_is_stored_whole(board: Board) -> None:
    answer = board.send(RUN)
    assert (answer.status_code, answer.json()) == (
        201,
        {"identity": identity(RUN), "created": True},
    )
    assert decode(board.get(f"/api/v1/runs/{identity(RUN)}").content) == RUN


def test_a_report_that_comes_again_changes_nothing(board: Board) -> None:
    board.send(RUN)
    answer = board.send(RUN)
    assert (answer.status_code, answer.json()["created"]) == (200, False)
    assert len(board.runs()) == 1


def test_an_older_run_that_comes_late_is_history_and_not_news(board: Board) -> None:
    older, newer = realistic_history(2)
    board.send(newer)
    board.send(older)
    assert [found["identity"] for found in board.runs()] == [identity(newer), identity(older)]
    assert board.get("/api/v1/packages/celery").json()["run"]["identity"] == identity(newer)


def matrix(*names: str, hour: int, others: int = 0) -> Run:
    """A run of suites that have these addresses, and of `others` none."""
    suites = (suite(cell(), address=f"{name}:matrix", package=name) for name in names)
    return run(*suites, made_at=NOON.replace(hour=hour), other_suites=others)


def in_matrix(board: Board) -> List[str]:
    found = board.get("/api/v1/packages").json()
    return sorted(package["name"] for package in found if not package["gone"])


def test_a_report_of_a_part_leaves_the_rest_as_it_is(board: Board) -> None:
    board.send(matrix("a", "b", "c", hour=1))
    part = matrix("d", hour=2, others=3)
    assert board.send(part).status_code == 201
    assert in_matrix(board) == ["a", "b", "c", "d"]
    assert [found["partial"] for found in board.runs()] == [True, False]
    assert decode(board.get(f"/api/v1/runs/{identity(part)}").content) == part
    board.send(matrix("a", "b", "c", hour=3))
    assert in_matrix(board) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("others", "covers", "left"),
    [
        (0, "part", ["a", "b", "c"]),
        (0, "", ["a", "b"]),
        (1, "", ["a", "b", "c"]),
        (1, "all", ["a", "b"]),
    ],
)
def test_a_sender_may_know_better_than_the_report(
    board: Board, others: int, covers: str, left: List[str]
) -> None:
    board.send(matrix("a", "b", "c", hour=1))
    board.send(matrix("a", "b", hour=2, others=others), covers=covers)
    assert in_matrix(board) == left


def test_a_report_of_all_that_lacks_most_of_the_matrix_is_not_believed(board: Board) -> None:
    board.send(matrix("a", "b", "c", hour=1))
    answer = board.send(matrix("a", hour=2))
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(
        "the report lacks 2 of the 3 suites of the matrix, for instance b:matrix, "
        "and says that it is of all. If they have left the repository, send it with `--covers=all`;"
    )
    assert len(board.runs()) == 1
    assert board.send(matrix("a", hour=2), covers="all").status_code == 201
    assert in_matrix(board) == ["a"]
    # What is older than what is known makes nothing leave.
    assert board.send(matrix("d", hour=1)).status_code == 201
    assert in_matrix(board) == ["a"]


def refused(board: Board, answer: httpx.Response, status: int, told: str) -> None:
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert board.runs() == []


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", "Basic a token of the tests", "Bearer \u00e9"]
)
def test_who_does_not_have_the_token_is_turned_away(board: Board, given: str) -> None:
    headers = httpx.Headers({"Authorization": given}, encoding="utf-8")
    answer = board.ask("POST", "/api/v1/runs", content=encode(RUN), headers=headers)
    refused(board, answer, 401, "Authorization: Bearer TOKEN")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_board_without_a_token_takes_nothing(tmp_path: Path) -> None:
    board = Board(tmp_path, token=None)
    refused(board, board.send(RUN), 403, "set COMPAT_BOARD_TOKEN")


class Body:
    """A body that tells how much of it was read."""

    def __init__(self, chunks: int) -> None:
        self.read = 0
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._chunks):
            self.read += 1
            yield b" " * 1000


def test_no_more_is_read_than_may_come(tmp_path: Path) -> None:
    board = Board(tmp_path, max_report_bytes=10_000)
    body = Body(1000)
    refused(board, board.send(body.__aiter__()), 413, "more than 10000 bytes")
    assert body.read <= 12


def test_what_announces_too_much_is_not_read_at_all(tmp_path: Path) -> None:
    board = Board(tmp_path, max_report_bytes=10_000)
    refused(board, board.send(b" " * 10_001), 413, "more than 10000 bytes")
    refused(board, board.send(b" ", **{"Content-Length": "9" * 5000}), 413, "more than")


def test_what_comes_too_slowly_is_given_up(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    board = Board(tmp_path, upload_seconds=0.01)
    refused(board, board.send(endless()), 408, "within 0.01 seconds")


def test_nothing_is_unpacked(board: Board) -> None:
    answer = board.send(gzip.compress(encode(RUN)), **{"Content-Encoding": "gzip"})
    refused(board, answer, 415, "send it plain")


def with_cell(**fields: Any) -> Callable[[Dict[str, Any]], None]:
    return lambda document: document["suites"][0]["cells"][0].update(fields)


def with_run(**fields: Any) -> Callable[[Dict[str, Any]], None]:
    return lambda document: document.update(fields)


def with_news(version: int, **fields: Any) -> Callable[[Dict[str, Any]], None]:
    """As another version may say more, of everything."""

    def change(document: Dict[str, Any]) -> None:
        document["schema_version"] = version
        found = document["suites"][0]["cells"][0]
        for part in (document, document["suites"][0], found, *found["failures"]):
            part["news"] = {"of": ["any", {"kind": 1}]}
        found.update(fields)

    return change


TOMORROW = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (with_run(schema_version=0), "schema_version 0: this matrix-results reads 2"),
        (with_run(schema_version=True), "Expected `int`, got `bool`"),
        (with_run(other_suites=-1), "`$.other_suites`"),
        (with_run(suites=None), "Expected `array`"),
        (with_run(made_at=TOMORROW), "set the clock"),
        (with_run(made_at="1999-12-31T23:59:59Z"), "expected a time from 2000"),
        (with_run(made_at="0001-01-01T00:00:00+14:00"), "has no equivalent in UTC"),
        (with_run(commit="a\0b"), "commit has a NUL character"),
        (with_cell(version="../../etc/passwd"), "is no release or Python"),
        (with_cell(version=".."), "is no release or Python"),
        (with_cell(version="1.0@../x=1"), "is no release or Python"),
        (with_cell(version="1.0@"), "is no release or Python"),
        (with_cell(version="1.0@django=5/6"), "is no release or Python"),
        (with_cell(python="3.12/x"), "is no release or Python"),
        (with_cell(reason="\0"), "reason has a NUL character"),
        (with_cell(ran_at="9999-12-31T23:59:59-14:00"), "has no equivalent in UTC"),
        (with_cell(status="green"), "Invalid enum value 'green'"),
        (with_news(3, status="green"), "Invalid enum value 'green'"),
        (with_news(3, seconds=10**400), "seconds"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    board: Board, change: Callable[[Dict[str, Any]], None], told: str
) -> None:
    document = json.loads(encode(RUN))
    change(document)
    refused(board, board.send(json.dumps(document).encode()), 422, told)


@pytest.mark.parametrize("version", [2, 3, 2**40])
def test_of_a_report_of_another_version_is_kept_what_is_known_here(
    board: Board, version: int
) -> None:
    """And it is the same report as one that says no more than that."""
    document = json.loads(encode(RUN))
    with_news(version)(document)
    answer = board.send(json.dumps(document).encode())
    assert (answer.status_code, answer.json()["identity"]) == (201, identity(RUN))
    assert decode(board.get(f"/api/v1/runs/{identity(RUN)}").content) == RUN
    assert board.send(RUN).status_code == 200


def test_a_report_of_the_first_version_is_taken(board: Board) -> None:
    document = json.loads(encode(RUN))
    document["schema_version"] = 1
    del document["other_suites"]
    assert board.send(json.dumps(document).encode()).json()["identity"] == identity(RUN)


def grown(suites: int, releases: int, pythons: int) -> Run:
    """A run of that many suites, each of so many releases on so many Pythons."""
    cells = [
        cell(str(release), f"3.{python}")
        for release in range(releases)
        for python in range(pythons)
    ]
    return run(*(suite(*cells, address=f"{number}:matrix") for number in range(suites)))


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (grown(3, 6667, 1), "has 20001 cells: expected at most 20000"),
        (grown(1, 1, 31), "suite '0:matrix' has 31 Pythons: expected at most 30"),
    ],
)
def test_what_would_make_a_page_without_end_is_refused(
    board: Board, report: Run, told: str
) -> None:
    refused(board, board.send(report), 422, told)


def test_the_largest_report_has_pages(board: Board) -> None:
    assert board.send(grown(2, 1000, 10)).status_code == 201
    for path in ("/", "/packages/httpx", "/packages/httpx/999/3.0", "/api/v1/packages/httpx"):
        assert board.get(path).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", encode(RUN)[:-100], b"\xff\xfe", b"[" * 100_000])
def test_what_is_torn_is_refused(board: Board, body: bytes) -> None:
    refused(board, board.send(body), 422, "the report")


def hostile() -> Run:
    return run(
        suite(
            cell(
                "1.0+local",
                "3.13",
                Status.FAILED,
                tier=HOSTILE,
                reason=HOSTILE,
                lock=HOSTILE,
                tests=1,
                failed=1,
                failures=(failure(HOSTILE + "\0", HOSTILE),),
            ),
            address=f"../..//{HOSTILE}:matrix",
            package=f"x{HOSTILE}",
            problem=HOSTILE,
            verdicts={HOSTILE: HOSTILE},
            uncovered={HOSTILE: HOSTILE},
        ),
        suite(cell(), address="\u202e/%2e%2e/..:matrix", package=None),
        commit=HOSTILE,
        locks={HOSTILE: (HOSTILE,)},
    )


def test_hostile_texts_stay_texts_on_every_page(board: Board) -> None:
    assert board.send(hostile()).status_code == 201
    names = [found["name"] for found in board.get("/api/v1/packages").json()]
    assert len(set(names)) == 2 and all("/" not in name for name in names)
    for path in ("/", "/packages/x", "/packages/x/1.0+local/3.13"):
        answer = board.get(path)
        assert answer.status_code == 200, path
        assert "<script" not in answer.text and "<img src=x" not in answer.text
        assert "&lt;script&gt;alert(" in answer.text and "{{7*7}}" in answer.text
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in board.get("/badge/x.svg").text
    for name in names:
        assert board.get(f"/packages/{name}").status_code == 200


def test_the_same_lock_may_not_stand_for_other_pins_in_an_older_run(board: Board) -> None:
    first = run(suite(cell(lock="sha256:a")), locks={"sha256:a": ("a==1",)})
    second = run(
        suite(cell(lock="sha256:a")),
        made_at=NOON + datetime.timedelta(hours=1),
        locks={"sha256:a": ("a==2",)},
    )
    board.send(first)
    board.send(second)
    for sent in (first, second):
        assert decode(board.get(f"/api/v1/runs/{identity(sent)}").content) == sent
