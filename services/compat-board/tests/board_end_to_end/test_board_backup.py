"""The commands of the README make a backup of a board at work, and bring it back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from board_history import realistic_history
from board_testing.inside import Board
from board_testing.postgres import PostgresServer
from compat_board.read import reading
from compat_board.received.receipt import Covers
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate, require_migrated
from compat_board.stored.storing import store
from example_runs import NOON
from matrix_results import Run, identity

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600
REPORTS = realistic_history(12)


def commands() -> list[str]:
    """The lines of the README's section, in order."""
    section = README.partition("## Back up and restore")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def run(command: str, folder: Path, **environ: str) -> None:
    subprocess.run(
        ["sh", "-euc", command.replace("python3.12", sys.executable)],
        cwd=folder,
        env={**os.environ, **environ},
        check=True,
        timeout=TIMEOUT,
    )


def backed_up(database: Database, command: str, folder: Path, **environ: str) -> None:
    """Runs the command while reports arrive, when some of them are there; one comes later."""
    for report in REPORTS[:4]:
        store(database, report, now=NOON)
    with ThreadPoolExecutor(1) as pool:
        sent = pool.map(lambda report: store(database, report, now=NOON), REPORTS[4:-1])
        run(command, folder, **environ)
        assert all(stored.created for stored in sent)
    assert store(database, REPORTS[-1], now=NOON).created


def runs_of(database: Database) -> list[Run]:
    """All runs, whole, oldest first."""
    with database.reading() as session:
        found = [run.run.identity for run in reading.latest_runs(session, limit=100)]
        runs = [reading.run_with_identity(session, name) for name in reversed(found)]
    return [run for run in runs if run is not None]


def check(restored: Database) -> None:
    """It has what was there before the backup, of the rest no half, and goes on."""
    require_migrated(restored)
    kept = runs_of(restored)
    assert kept[:4] == REPORTS[:4]
    assert all(run in REPORTS[:-1] for run in kept)
    for report in REPORTS:
        assert store(restored, report, now=NOON, covers=Covers.ALL).created == (report not in kept)
    assert runs_of(restored) == REPORTS


def test_sqlite(tmp_path: Path) -> None:
    board = Board(tmp_path)
    backup, remove, copy, *_ = commands()
    backed_up(board.database, backup, tmp_path)
    # As a board leaves it that was killed: SQLite would take it for that of the backup.
    log = tmp_path / "board.sqlite3-wal"
    unwritten = log.read_bytes()
    board.database.close()
    log.write_bytes(unwritten)
    run(remove, tmp_path)
    run(copy, tmp_path)
    restored = Database(f"sqlite:///{tmp_path / 'board.sqlite3'}")
    check(restored)
    with restored.reader() as connection:
        # Else nothing would ever make the file smaller again.
        assert connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == 2


@pytest.mark.parametrize("into", ["its own", "another"])
def test_postgresql(postgres: PostgresServer, tmp_path: Path, into: str) -> None:
    database = Database(postgres.create(f"backup_{into[:3]}"))
    migrate(database)
    *_, dump, restore = commands()
    path = f"{postgres.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    backed_up(database, dump, tmp_path, PATH=path, COMPAT_BOARD_DATABASE=url)
    database.close()
    target = url if into == "its own" else postgres.create("restored")
    run(restore, tmp_path, PATH=path, COMPAT_BOARD_DATABASE=target)
    check(Database(target))


def test_reports_differ() -> None:
    assert len(set(map(identity, REPORTS))) == len(REPORTS)
