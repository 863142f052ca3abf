"""Several boards on one database, and a server that is restarted while reports arrive."""

from __future__ import annotations

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from pydantic import SecretStr

from board_history import realistic_history
from board_testing.inside import AUTHORIZED, TOKEN
from board_testing.postgres import postgres_server
from board_testing.process import BoardProcess, board_process
from compat_board.sending import NotSent, send
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate
from matrix_results import Run, decode, encode, identity

# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600
# How the server stops each time: whether by a crash.
RESTARTS = (False, True, True)


def migrated(url: str) -> str:
    migrate(Database(url))
    return url


def status(board: BoardProcess, report: Run) -> int:
    return httpx.post(
        f"{board.url}/api/v1/runs", content=encode(report), headers=AUTHORIZED, timeout=TIMEOUT
    ).status_code


def runs(board: BoardProcess) -> list[str]:
    answer = httpx.get(f"{board.url}/api/v1/runs?limit=500", timeout=TIMEOUT)
    return [found["identity"] for found in answer.json()]


def whole(board: BoardProcess, report: Run) -> bool:
    answer = httpx.get(f"{board.url}/api/v1/runs/{identity(report)}", timeout=TIMEOUT)
    return decode(answer.content) == report


def test_what_two_boards_are_sent_is_stored_once_and_both_tell_of_it(database_url: str) -> None:
    reports = realistic_history(12)
    url = migrated(database_url)
    with board_process(url) as one, board_process(url) as other, ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(status, board, report) for report in reports for board in (one, other)]
        found = [future.result() for future in sent]
        assert [sorted(pair) for pair in zip(found[::2], found[1::2])] == [[200, 201]] * 12
        assert sorted(runs(one)) == sorted(runs(other)) == sorted(map(identity, reports))
        assert all(whole(other, report) for report in reports)


def test_a_board_shows_at_once_what_another_has_taken(database_url: str) -> None:
    """Also where it has the page and whoever asks has it too."""
    *reports, last = realistic_history(4)
    url = migrated(database_url)
    with board_process(url) as one, board_process(url) as other:
        for report in reports:
            status(one, report)
        before = httpx.get(f"{other.url}/", timeout=TIMEOUT)
        tag = {"If-None-Match": before.headers["ETag"]}
        assert httpx.get(f"{other.url}/", headers=tag, timeout=TIMEOUT).status_code == 304
        assert status(one, last) == 201
        after = httpx.get(f"{other.url}/", headers=tag, timeout=TIMEOUT)
        assert after.status_code == 200 and after.text != before.text
        # One ends, and the other goes on.
        one.process.send_signal(signal.SIGKILL)
        one.process.wait(timeout=TIMEOUT)
        assert status(other, last) == 200
        assert len(runs(other)) == 4


def test_a_server_that_is_restarted_while_reports_arrive_loses_and_repeats_none() -> None:
    """Senders repeat what was not answered for, as `ingest` does."""
    reports = realistic_history(24)
    token = SecretStr(TOKEN)
    with postgres_server() as server:
        with board_process(migrated(server.create("board"))) as board:

            def sent(report: Run) -> int:
                """How many times it was given up, and begun anew."""
                for attempt in range(len(RESTARTS) + 2):
                    try:
                        receipt = send(encode(report), url=board.url, token=token)
                    except NotSent:
                        continue
                    assert receipt.identity == identity(report)
                    return attempt
                raise AssertionError("never taken")

            with ThreadPoolExecutor(4) as pool:
                taken = [pool.submit(sent, report) for report in reports]
                for number, crash in enumerate(RESTARTS, start=1):
                    # So many are through, and others under way.
                    taken[number * len(reports) // (len(RESTARTS) + 2)].result(TIMEOUT)
                    server.stop(crash=crash)
                    server.start()
                for future in taken:
                    future.result(TIMEOUT)
            assert Counter(runs(board)) == Counter(map(identity, reports))
            assert all(whole(board, report) for report in reports)
            assert httpx.get(f"{board.url}/readyz", timeout=TIMEOUT).status_code == 200


def test_boards_that_start_together_on_a_new_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'board.sqlite3'}"
    with ThreadPoolExecutor(3) as pool:

        def told(report: Run) -> list[str]:
            with board_process(url) as board:
                assert status(board, report) == 201
                return runs(board)

        reports = realistic_history(3)
        found = list(pool.map(told, reports))
    assert max(map(len, found)) <= 3 and all(found)
    with board_process(url) as board:
        assert sorted(runs(board)) == sorted(map(identity, reports))
