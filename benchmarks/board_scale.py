"""The board after years: 1,000 runs of 3,000 cells, a run a day; how large, how quick, and what it prunes.

    ./pants run benchmarks/board_scale.py
    ./pants run benchmarks/board_scale.py -- --postgresql --runs=100 --libraries=5

Fills a database as the board stores reports, but in this process: an SQLite file, or a PostgreSQL of its
own. Then a board serves it, and in each of some rounds takes a report and is asked for every kind of
page: first when it has to make it, then when it has it. Last it prunes what is older than a year, as
a board does when it starts, while somebody else writes. Every suite's locks are others each week, as
they are where transitive pins move. Exits 1 unless the board needs less than a second of processor for
each page and report, and what is written while it prunes waits, but for one time in twenty, for less than
two seconds.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import func, select, text

from board_history import each_run
from board_testing.inside import AUTHORIZED
from board_testing.postgres import postgres_server
from board_testing.process import BoardProcess, board_process
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate
from compat_board.stored.pruning import prune
from compat_board.stored.storing import store
from compat_board.stored.tables import CellRow, DocumentRow, RunRow
from matrix_results import Run, Suite, encode, identity

PAGES = (
    "/",
    "/?status=failed",
    "/?q=cel",
    "/packages/celery",
    "/packages/celery/5.6.0/3.13",
    "/badge/matrix.svg",
    "/badge/celery.svg",
    "/support.md",
    "/api/v1/runs?limit=500",
    "/api/v1/packages",
    "/api/v1/packages/celery",
    "/api/v1/packages/celery/5.6.0/3.13",
)
YEAR = datetime.timedelta(days=365)
WORK_SECONDS, WAIT_SECONDS = 1.0, 2.0


def main() -> int:
    """Prints what was measured; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--libraries", type=int, default=21, help="of 146 cells each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgresql", action="store_true", help="instead of an SQLite file")
    options = parser.parse_args()
    libraries = tuple(f"library-{number:02}" for number in range(options.libraries))
    runs = (drifted(run) for run in each_run(options.runs + options.rounds, libraries=libraries))
    with database_of(options.postgresql) as database:
        last = fill(database, runs, options.runs)
        work = ask(database, last, runs, options.rounds)
        waited = pruned(database, last.made_at - YEAR)
    claims = {
        f"each page and report takes less than {WORK_SECONDS:g} s of processor": work
        < WORK_SECONDS,
        f"who writes while it prunes waits less than {WAIT_SECONDS:g} s": waited < WAIT_SECONDS,
    }
    for claim, holds in claims.items():
        print(f"{'yes' if holds else 'NO '} {claim}")
    return 0 if all(claims.values()) else 1


def drifted(run: Run) -> Run:
    """The run with locks that are of its week."""
    week = run.made_at.strftime("%G.%V")
    names = {
        lock: f"sha256:{hashlib.sha256(f'{lock} {week}'.encode()).hexdigest()}"
        for lock in run.locks
    }
    locks = {names[lock]: (*pins, f"moves=={week}") for lock, pins in run.locks.items()}

    def renamed(suite: Suite) -> Suite:
        cells = tuple(
            msgspec.structs.replace(cell, lock=names.get(cell.lock, cell.lock))
            for cell in suite.cells
        )
        return msgspec.structs.replace(suite, cells=cells)

    return msgspec.structs.replace(run, locks=locks, suites=tuple(map(renamed, run.suites)))


@contextmanager
def database_of(postgresql: bool) -> Iterator[Database]:
    """An empty database, migrated."""
    if postgresql:
        with postgres_server() as server:
            database = Database(server.create("board"))
            migrate(database)
            yield database
            database.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/board.sqlite3")
        migrate(database)
        yield database
        database.close()


def fill(database: Database, runs: Iterator[Run], count: int) -> Run:
    """Stores so many runs; returns the last."""
    times = []
    for number in range(count):
        run = next(runs)
        began = time.perf_counter()
        store(database, run, now=run.made_at)
        times.append(time.perf_counter() - began)
        if number % 100 == 99:
            print(f"{number + 1} runs, the last 100 of {mean(times[-100:])} each", flush=True)
    cells = sum(len(suite.cells) for suite in run.suites)
    print(
        f"{count} runs of {cells} cells in {sum(times):.0f} s, {time.process_time():.0f} s of processor "
        f"with what made them: {contents(database)}",
        flush=True,
    )
    return run


def ask(database: Database, last: Run, reports: Iterator[Run], rounds: int) -> float:
    """Asks a board for every page, after a report each round; the most of its processor that one takes."""
    pages = (*PAGES, f"/api/v1/runs/{identity(last)}")
    rows = {path: Row([], [], []) for path in ("/api/v1/runs", *pages)}
    url = database.url.set(drivername=database.url.get_backend_name())
    began = time.perf_counter()
    # Else it would begin with what is measured last.
    told = {"COMPAT_BOARD_RETENTION_DAYS": "36500"}
    with board_process(url.render_as_string(hide_password=False), **told) as board:
        print(f"a board listens after {time.perf_counter() - began:.1f} s")
        with httpx.Client(base_url=board.url, timeout=600, headers=AUTHORIZED) as client:
            for _ in range(rounds):
                body = encode(next(reports))
                send = partial(client.post, "/api/v1/runs", content=body)
                measure(board, rows["/api/v1/runs"], send)
                for page in pages:
                    measure(board, rows[page], partial(client.get, page))
        print(f"it has {memory(board) / 2**20:.0f} MB")
    print(f"  {'page, or report':40} {'bytes':>10} {'ms':>6} {'at most':>8} {'of processor':>13}")
    for path, row in rows.items():
        middle, most = statistics.median(row.seconds) * 1000, max(row.seconds) * 1000
        work = statistics.mean(row.work) * 1000
        print(
            f"  {path[:40]:40} {max(row.sizes):10,} {middle:6.0f} {most:8.0f} {work:13.0f}",
            flush=True,
        )
    return max(statistics.mean(row.work) for row in rows.values())


@dataclass
class Row:
    """What an address took each time: seconds, of the board's processor, and bytes of the answer."""

    seconds: list[float]
    work: list[float]
    sizes: list[int]


def measure(board: BoardProcess, row: Row, ask: Callable[[], httpx.Response]) -> None:
    """Asks, and notes what that took."""
    began, worked = time.perf_counter(), processor(board)
    answer = ask()
    row.seconds.append(time.perf_counter() - began)
    row.work.append(processor(board) - worked)
    row.sizes.append(len(answer.content))
    answer.raise_for_status()


def pruned(database: Database, before: datetime.datetime) -> float:
    """Prunes; returns how long somebody else who writes had to wait, but for one time in twenty."""
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.05) or not waits:
            began = time.perf_counter()
            with database.writer():
                waits.append(time.perf_counter() - began)

    writer = threading.Thread(target=write)
    writer.start()
    began = time.perf_counter()
    try:
        deleted = sum(prune(database, before=before))
    finally:
        over.set()
        writer.join()
    seconds = time.perf_counter() - began
    print(
        f"pruned {deleted} runs in {seconds:.0f} s; who writes meanwhile waits {mean(waits)}, at most "
        f"{max(waits) * 1000:.0f} ms: {contents(database)}"
    )
    return sorted(waits)[len(waits) * 19 // 20]


def contents(database: Database) -> str:
    """How much there is, and how large it is."""
    with database.reading() as session:
        runs, cells, documents = (
            session.scalar(select(func.count()).select_from(row)) or 0
            for row in (RunRow, CellRow, DocumentRow)
        )
        if database.is_file:
            size = sum(
                path.stat().st_size
                for path in Path(str(database.url.database)).parent.glob("board.sqlite3*")
            )
        else:
            size = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    return (
        f"{runs:,} runs, {cells:,} cells, {documents:,} documents, {size / 2**20:,.0f} MB, "
        f"{size / max(cells, 1):.0f} bytes a cell"
    )


def mean(seconds: list[float]) -> str:
    """For people."""
    return f"{statistics.mean(seconds or [0.0]) * 1000:.0f} ms"


def processor(board: BoardProcess) -> float:
    """What a board's process has had of processors, in seconds: in and for it."""
    fields = Path(f"/proc/{board.process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def memory(board: BoardProcess) -> int:
    """What of its process is in memory, in bytes."""
    pages = int(Path(f"/proc/{board.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
