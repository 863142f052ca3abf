"""Requests at the same time: what they share, and what they may not."""

import asyncio
import threading
from typing import Union

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from board_history import realistic_history
from board_testing.inside import Board
from compat_board.read import reading
from compat_board.shown.answering import Answers
from compat_board.shown.page_cache import Content
from compat_board.stored.storing import store

REPORTS = realistic_history(2)
# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600.0


@pytest.fixture
def answers(board: Board) -> Answers:
    board.send(REPORTS[0])
    return Answers(board.database, version="1")


async def number_of_runs(answers: Answers) -> Response:
    def make(session: Session) -> Content:
        return Content(str(len(reading.latest_runs(session, limit=9))).encode(), "text/plain")

    return await answers(Request({"type": "http", "path": "/", "headers": []}), make)


async def crowd(answers: Answers) -> list[Response]:
    return await asyncio.gather(*(number_of_runs(answers) for _ in range(20)))


def test_requests_that_come_together_ask_the_database_once(board: Board, answers: Answers) -> None:
    asyncio.run(number_of_runs(answers))
    with board.queries() as asked:
        assert [answer.body for answer in asyncio.run(crowd(answers))] == [b"1"] * 20
    assert len(asked) == 1


def test_a_page_is_made_once_for_all_who_wait_for_it(board: Board, answers: Answers) -> None:
    with board.queries() as asked:
        assert [answer.body for answer in asyncio.run(crowd(answers))] == [b"1"] * 20
    assert len([query for query in asked if "cells" in query]) == 1


def test_an_answer_has_all_that_was_there_before_its_request(
    board: Board, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another request has asked for the state, and is told of the one before."""
    asyncio.run(number_of_runs(answers))
    read, told = threading.Event(), threading.Event()
    found = reading.state

    def slowly(database: Union[Connection, Session]) -> str:
        state = found(database)
        if not read.is_set():
            read.set()
            assert told.wait(TIMEOUT)
        return state

    monkeypatch.setattr(reading, "state", slowly)

    async def asked() -> tuple[Response, Response]:
        early = asyncio.create_task(number_of_runs(answers))
        assert await asyncio.to_thread(read.wait, TIMEOUT)
        store(board.database, REPORTS[1], now=REPORTS[1].made_at)
        late = await number_of_runs(answers)
        told.set()
        return await early, late

    early, late = asyncio.run(asked())
    assert (early.body, late.body) == (b"1", b"2")


def test_requests_of_pages_are_counted_by_their_route(board: Board, answers: Answers) -> None:
    name = board.get("/api/v1/packages").json()[0]["name"]
    for path in ("/", f"/packages/{name}", f"/badge/{name}.svg", "/elsewhere", "/static/icon.svg"):
        board.get(path)
    assert board.ask("POST", f"/packages/{name}").status_code == 405
    assert board.ask("POST", f"/api/v1/packages/{name}").status_code == 405
    metrics = board.get("/metrics").text
    for route, method, status in (
        ("/", "GET", 200),
        ("/packages/{name}", "GET", 200),
        ("/packages/{name}", "POST", 405),
        ("/api/v1/packages/{name}", "POST", 405),
        ("/badge/{name}.svg", "GET", 200),
        ("/static/icon.svg", "GET", 200),
        ("none", "GET", 404),
    ):
        labels = f'method="{method}",route="{route}",status="{status}"'
        assert f"http_requests_total{{{labels}}} 1.0" in metrics, labels
