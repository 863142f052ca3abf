"""The board as a process, on a real database of each kind: crashes, crowds, and a database away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from board_history import realistic_history
from board_testing.inside import AUTHORIZED
from board_testing.postgres import PostgresServer, postgres_server
from board_testing.process import BoardProcess, board_process, run
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate, newest_revision
from compat_board.stored.tables import Table
from example_runs import NOON
from matrix_results import Run, decode, encode, identity

# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


def migrated(url: str) -> str:
    migrate(Database(url))
    return url


def send(url: str, body: bytes | Iterator[bytes]) -> int:
    answer = httpx.post(f"{url}/api/v1/runs", content=body, headers=AUTHORIZED, timeout=TIMEOUT)
    return answer.status_code


def stored(url: str) -> list[str]:
    answer = httpx.get(f"{url}/api/v1/runs?limit=500", timeout=TIMEOUT)
    return [found["identity"] for found in answer.json()]


def whole(url: str, report: Run) -> bool:
    answer = httpx.get(f"{url}/api/v1/runs/{identity(report)}", timeout=TIMEOUT)
    return decode(answer.content) == report


def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    database = Database(migrated(database_url))
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_several_may_migrate_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: migrate(Database(database_url)), range(4)))
    assert len(set(found)) == 1


def test_a_new_file_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """Often, as they get into each other's way a few times in a thousand."""

    def opened(path: Path, start: threading.Barrier) -> object:
        database = Database(f"sqlite:///{path}")
        start.wait(TIMEOUT)
        with database.reader() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        database.engine.dispose()
        return mode

    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            start = threading.Barrier(8)
            path = tmp_path / f"{number}.sqlite3"
            assert list(pool.map(opened, [path] * 8, [start] * 8)) == ["wal"] * 8


def test_a_crash_loses_nothing_and_repeats_nothing(database_url: str) -> None:
    """Killed while several reports are on their way: what was answered for is there, whole."""
    reports = realistic_history(24)
    answered: list[Run] = []
    killed = threading.Event()

    def torn(report: Run) -> Iterator[bytes]:
        """A body whose second half never gets there."""
        body = encode(report)
        yield body[: len(body) // 2]
        assert killed.wait(TIMEOUT)
        yield body[len(body) // 2 :]

    with board_process(migrated(database_url)) as board:
        done = threading.Semaphore(0)

        def sent(report: Run) -> None:
            body = torn(report) if report is reports[0] else encode(report)
            try:
                if send(board.url, body) == 201:
                    answered.append(report)
            except httpx.TransportError:
                pass
            done.release()

        with ThreadPoolExecutor(6) as pool:
            for report in reports:
                pool.submit(sent, report)
            for _ in range(5):
                assert done.acquire(timeout=TIMEOUT)
            board.process.send_signal(signal.SIGKILL)
            board.process.wait(timeout=TIMEOUT)
            killed.set()
    assert answered and reports[0] not in answered
    with board_process(database_url) as board:
        kept = stored(board.url)
        assert {identity(report) for report in answered} <= set(kept)
        assert len(set(kept)) == len(kept)
        assert all(whole(board.url, report) for report in reports if identity(report) in kept)
        for report in reports:
            assert send(board.url, encode(report)) == (200 if identity(report) in kept else 201)
        assert sorted(stored(board.url)) == sorted(map(identity, reports))


def test_fifty_reports_at_once(database_url: str) -> None:
    """Forty of their own, and one that ten senders have."""
    reports = realistic_history(41)
    crowd = [*reports[1:], *[reports[0]] * 10]
    with board_process(migrated(database_url)) as board, ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda report: send(board.url, encode(report)), crowd))
        assert statuses[:40] == [201] * 40
        assert sorted(statuses[40:]) == [200] * 9 + [201]
        assert sorted(stored(board.url)) == sorted(map(identity, reports))
        assert all(whole(board.url, report) for report in reports[::10])


def test_a_report_is_sent_by_a_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'board.sqlite3'}"
    report = tmp_path / "report.json"
    report.write_bytes(encode(realistic_history(1)[0]))
    with board_process(url) as board:
        ingest = ("ingest", str(report), "--url", board.url)
        first, second = run(url, *ingest), run(url, *ingest)
        assert (first.returncode, first.stdout[:14]) == (0, "Stored: sha256")
        assert (second.returncode, second.stdout[:13]) == (0, "Stored before")
        stranger = run(url, *ingest, COMPAT_BOARD_TOKEN="another token")
        assert stranger.returncode == 1
        assert "answered 401: Expected the header" in stranger.stderr
        report.write_bytes(encode(Run(made_at=NOON, suites=())))
        partial = run(url, *ingest)
        assert partial.returncode == 1
        assert "answered 409: the report lacks 16 of the 16 suites" in partial.stderr
        assert run(url, *ingest, "--covers=part").returncode == 0
        report.write_bytes(b"{}")
        torn = run(url, *ingest)
        assert torn.returncode == 1 and "answered 422: the report cannot be read" in torn.stderr
        board.process.send_signal(signal.SIGTERM)
        assert board.process.wait(timeout=TIMEOUT) == 0


@pytest.mark.parametrize(
    ("database", "environment", "told"),
    [
        ("mysql://u:hunter2@host/name", {}, "mysql://u:***@host/name: expected sqlite:///PATH"),
        ("hunter2", {}, "the database URL cannot be read"),
        ("sqlite:////dev/null/board.sqlite3", {}, "/dev/null"),
        ("sqlite:///{}", {"COMPAT_BOARD_TOKEN": "short"}, "COMPAT_BOARD_TOKEN"),
        ("sqlite:///{}", {"COMPAT_BOARD_URL": "board"}, "COMPAT_BOARD_URL: expected http(s)://"),
        ("sqlite:///{}", {"COMPAT_BOARD_MAX_REPORT_BYTES": "0"}, "COMPAT_BOARD_MAX_REPORT_BYTES"),
    ],
)
def test_what_is_set_wrongly_is_named(
    tmp_path: Path, database: str, environment: dict[str, str], told: str
) -> None:
    ended = run(database.format(tmp_path / "board.sqlite3"), "serve", **environment)
    assert (ended.returncode, told in ended.stderr) == (1, True), ended.stderr
    assert "hunter2" not in ended.stderr and "Traceback" not in ended.stderr


def test_a_server_without_the_tables_is_not_served(postgres: PostgresServer) -> None:
    url = postgres.create("without_tables")
    ended = run(url, "serve")
    assert ended.returncode == 1
    wanted = f"at revision none, not {newest_revision()}: run `compat-board migrate`"
    assert wanted in ended.stderr
    assert run(url, "migrate").returncode == 0


def test_a_database_of_a_newer_board_is_left_alone(database_url: str) -> None:
    database = Database(migrated(database_url))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ended = run(database_url, "migrate")
    assert ended.returncode == 1
    assert "9999" in ended.stderr and "Traceback" not in ended.stderr


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server for a test that stops it."""
    with postgres_server() as server:
        yield server


def test_while_the_database_is_away_requests_fail_cleanly_and_then_work_again(
    own_server: PostgresServer,
) -> None:
    first, second = realistic_history(2)
    with board_process(migrated(own_server.create("board"))) as board:
        assert send(board.url, encode(first)) == 201
        assert _statuses(board) == {"/": 200, "/readyz": 200, "/healthz": 200}
        own_server.stop()
        assert _statuses(board) == {"/": 503, "/readyz": 503, "/healthz": 200}
        page, ready = (httpx.get(board.url + path) for path in ("/packages/httpx", "/readyz"))
        assert "The database does not answer." in page.text and page.headers["Retry-After"]
        assert ready.json()["failing"] == {"database": "the database does not answer"}
        assert send(board.url, encode(second)) == 503
        own_server.start()
        assert _statuses(board) == {"/": 200, "/readyz": 200, "/healthz": 200}
        assert send(board.url, encode(second)) == 201
        assert stored(board.url) == [identity(second), identity(first)]


def _statuses(board: BoardProcess) -> dict[str, int]:
    return {
        path: httpx.get(board.url + path, timeout=TIMEOUT).status_code
        for path in ("/", "/readyz", "/healthz")
    }
