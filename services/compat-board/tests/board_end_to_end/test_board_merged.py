"""A merged update is shown with a link to its request: in a list, and beside the run of its commit."""

from __future__ import annotations

import datetime
import json

import msgspec
import pytest

from board_testing.inside import TOKEN, Board
from compat_board.sending import _path_for
from compat_board.stored import merged as stored
from example_runs import NOON, cell, run, suite
from matrix_updates.proposal.documents import encode
from matrix_updates.publish.merged import MergedRequest, MergedRequests

COMMIT = "c" * 40
REQUEST = MergedRequest(
    url="https://forge.example/pull/7", title="Test httpx <1>", commit=COMMIT, merged_at=NOON
)


def told(*requests: MergedRequest) -> bytes:
    return encode(MergedRequests(requests=requests or (REQUEST,)))


def send(board: Board, body: bytes, token: str = TOKEN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return board.ask("POST", "/api/v1/merged", content=body, headers=headers).status_code


def page(board: Board, path: str) -> str:
    return " ".join(board.get(path).text.split())


def test_runs_of_its_commit_link_to_the_request_and_the_overview_lists_it(board: Board) -> None:
    made = msgspec.structs.replace(run(suite(cell())), commit=COMMIT)
    assert board.send(made).status_code == 201
    (name,) = (each["name"] for each in board.get("/api/v1/packages").json())
    before = {path: page(board, path) for path in ("/", f"/packages/{name}")}
    assert not any("forge.example" in text for text in before.values())
    assert send(board, told()) == 201
    link = '<a href="https://forge.example/pull/7" title="Test httpx &lt;1&gt;">request #7</a>'
    assert all(link in page(board, path) for path in before)
    assert "request #7</a>: Test httpx &lt;1&gt;</li>" in page(board, "/")
    assert board.get("/api/v1/merged").json() == json.loads(told())


def test_a_run_of_another_commit_has_no_link(board: Board) -> None:
    other = msgspec.structs.replace(run(suite(cell())), commit="d" * 40)
    assert board.send(other).status_code == 201
    assert send(board, told()) == 201
    assert 'title="Test httpx' not in page(board, "/")


def test_each_is_stored_once_and_the_latest_are_kept(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [send(board, told()), send(board, told())] == [201, 200]
    later = msgspec.structs.replace(
        REQUEST, url="https://forge.example/pull/8", merged_at=NOON + datetime.timedelta(hours=1)
    )
    monkeypatch.setattr(stored, "KEPT_REQUESTS", 1)
    assert send(board, told(later, REQUEST)) == 201
    assert [each["url"] for each in board.get("/api/v1/merged").json()["requests"]] == [later.url]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        told().replace(b"https://forge", b"javascript://forge"),
        told().replace(b"Test httpx", rb"Test\u0000httpx"),
        told().replace(b"merged-requests", b"canary"),
        told(msgspec.structs.replace(REQUEST, merged_at=NOON + datetime.timedelta(days=36_500))),
        told().replace(COMMIT.encode(), b"main"),
    ],
)
def test_what_is_none_is_refused(board: Board, body: bytes) -> None:
    assert send(board, body) == 422
    assert board.get("/api/v1/merged").json()["requests"] == []


def test_a_stranger_is_refused(board: Board) -> None:
    assert send(board, told(), token="another-one") == 401


def test_ingest_knows_where_it_belongs() -> None:
    assert _path_for(told()) == "/api/v1/merged"
    assert _path_for(b'{"kind": ["merged-requests"]}') == "/api/v1/runs"
