"""What a canary saw is shown apart: it is no run, and breaks no standing."""

from __future__ import annotations

import datetime
import json
from typing import Literal

import msgspec
import pytest

from board_testing.inside import TOKEN, Board
from compat_board.stored import canaries
from example_runs import NOON, cell, run, suite
from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.proposal.documents import encode
from matrix_updates.proposal.model import CellResult, FirstBad, Repin

ADDRESS = "tests/httpx:matrix"


def song(*, red: bool = True, made_at: datetime.datetime = NOON) -> Song:
    status: Literal["failed", "passed"] = "failed" if red else "passed"
    return Song(
        made_at=made_at,
        base="c" * 40,
        suites=(
            SuiteToday(
                address=ADDRESS,
                title="httpx",
                release="0.28.1",
                cells=(
                    CellResult(
                        version="0.28.1",
                        python="3.12",
                        tier="latest",
                        status=status,
                        failing="test_<b>" if red else "",
                    ),
                ),
                moved=(Repin(project="h11", before=("0.14.0",), after=("0.16.0",)),),
                first_bad=(FirstBad(cell=ADDRESS, release="0.28.1", cause="its pin h11 0.16.0"),),
            ),
        ),
    )


def send(board: Board, told: Song | bytes, token: str = TOKEN) -> tuple[int, str]:
    answer = board.ask(
        "POST",
        "/api/v1/canaries",
        content=told if isinstance(told, bytes) else encode(told),
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code, answer.text


def test_it_is_shown_apart_and_breaks_nothing(board: Board) -> None:
    assert board.send(run(suite(cell()))).status_code == 201
    before = board.get("/api/v1/packages").json(), board.runs()
    assert send(board, song())[0] == 201
    assert (board.get("/api/v1/packages").json(), board.runs()) == before
    overview = " ".join(board.get("/").text.split())
    assert "1 of 1 suite red with what a fresh install gets" in overview
    assert "1 passed" in overview
    page = board.get("/canary").text
    assert "test_&lt;b&gt; on Python 3.12" in page
    assert "h11: tested with 0.14.0, installed today 0.16.0" in page
    assert "first bad: 0.28.1, because of its pin h11 0.16.0" in page
    assert board.get("/api/v1/canary").json() == json.loads(encode(song()))


def test_what_is_not_released_yet_is_told_from_what_is(board: Board) -> None:
    (suite,) = song().suites
    url = "https://forge.example/httpx/main.tar.gz"
    ahead = msgspec.structs.replace(suite, upstream=url)
    told = msgspec.structs.replace(song(red=False), upstreams=(ahead,))
    assert send(board, told)[0] == 201
    overview = " ".join(board.get("/").text.split())
    assert "1 suite green with what a fresh install gets" in overview
    assert "1 red with what is not released yet" in overview
    page = board.get("/canary").text
    assert "httpx 0.28.1: green" in page and f"httpx with {url}: RED" in page


def test_the_one_that_was_made_last_is_shown_and_each_is_stored_once(board: Board) -> None:
    assert board.get("/canary").status_code == 404
    later = NOON + datetime.timedelta(hours=1)
    assert send(board, song(red=False, made_at=later))[0] == 201
    assert send(board, song())[0] == 201
    assert send(board, song())[0] == 200
    assert "1 suite green with what a fresh install gets" in " ".join(board.get("/").text.split())


def test_only_the_latest_are_kept(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries, "KEPT_CANARIES", 1)
    assert send(board, song())[0] == 201
    later = NOON + datetime.timedelta(hours=1)
    assert send(board, song(made_at=later))[0] == 201
    assert send(board, song())[0] == 201
    told = board.get("/api/v1/canary").json()["made_at"]
    assert datetime.datetime.fromisoformat(told) == later


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{}",
        b"[" * 10_000,
        encode(song(made_at=NOON + datetime.timedelta(days=36_500))),
        encode(song()).replace(b'"canary"', b'"run"'),
    ],
)
def test_what_is_none_is_refused(board: Board, told: bytes) -> None:
    assert send(board, told)[0] == 422
    assert board.get("/canary").status_code == 404


def test_a_stranger_is_refused(board: Board) -> None:
    assert send(board, song(), token="another-one")[0] == 401
