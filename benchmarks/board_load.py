"""The board under a constant load, beside a bare application that renders the same page.

    ./pants run benchmarks/board_load.py
    ./pants run benchmarks/board_load.py -- --rate=400 --seconds=60

Starts both on loopback, gives the board a history, and sends requests at a constant rate to each in
turns. A request's time counts from when it was due, not from when it was sent: who falls behind
pays for it. Meanwhile the board takes a new report every few seconds, so that no page can be kept
for long. The matrix has 730 cells: five libraries that integrate the same packages. The first two
seconds, of connections and templates, do not count. The rival is Starlette alone, which renders the
page of a package from memory, without a database, logs, metrics or headers. Exits 1 if a
request fails, or if the board's p99 reaches 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle, islice

import aiohttp
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from board_history import realistic_history
from board_testing.inside import AUTHORIZED
from board_testing.process import board_process
from compat_board.read import views
from compat_board.shown.addresses import Addresses
from compat_board.shown.rendering import Renderer
from compat_board.stored.database import Database
from compat_board.stored.merged import merged_requests
from compat_board.stored.migrating import migrate
from compat_board.stored.storing import store
from matrix_results import Run, encode

PACKAGE = "/packages/celery"
PAGES = (
    "/",
    "/?status=failed",
    "/?q=cel",
    PACKAGE,
    "/packages/celery/5.6.0/3.13",
    "/badge/celery.svg",
    "/api/v1/packages/celery",
)
LIBRARIES = ("trace-baton", "courier", "ledger", "relay", "sieve")
HISTORY, REPORT_SECONDS, WARM_UP_SECONDS = 60, 5.0, 2
P99_MS = 100.0


class Times:
    """What each request of a page took, in milliseconds; and how many failed."""

    def __init__(self) -> None:
        self.of: dict[str, list[float]] = {}
        self.failed = 0

    def clear(self) -> None:
        """Forgets what was, but failures."""
        self.of.clear()

    def quantile(self, page: str | None, hundredth: int) -> float:
        """The 50th is the median; no page is all of them."""
        found = self.of[page] if page else [time for times in self.of.values() for time in times]
        return statistics.quantiles(found, n=100)[hundredth - 1]


async def load(url: str, pages: tuple[str, ...], *, rate: int, seconds: int, times: Times) -> float:
    """Sends at a constant rate; returns how many requests were answered in a second."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(page: str, due: float) -> None:
            try:
                async with session.get(url + page) as answer:
                    await answer.read()
                    times.failed += answer.status != 200
            except aiohttp.ClientError:
                times.failed += 1
            times.of.setdefault(page, []).append((time.perf_counter() - due) * 1000)

        for counted in (WARM_UP_SECONDS, seconds):
            times.clear()
            started = time.perf_counter()
            tasks = []
            for number, page in enumerate(islice(cycle(pages), rate * counted)):
                due = started + number / rate
                await asyncio.sleep(due - time.perf_counter())
                tasks.append(asyncio.create_task(ask(page, due)))
            await asyncio.gather(*tasks)
        return len(tasks) / (time.perf_counter() - started)


async def board_load(url: str, reports: Iterator[Run], **options: int) -> tuple[Times, float]:
    """The load on the board, with a report now and then."""
    times = Times()

    async def report() -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            body = encode(next(reports))
            # A connection each, as senders have it: one left idle that long the board closes.
            async with aiohttp.ClientSession(headers=AUTHORIZED) as session:
                async with session.post(f"{url}/api/v1/runs", data=body) as got:
                    times.failed += got.status != 201

    reporting = asyncio.create_task(report())
    answered = await load(url, PAGES, **options, times=times)
    if reporting.done():
        await reporting
    reporting.cancel()
    return times, answered


async def rival_load(url: str, **options: int) -> tuple[Times, float]:
    """The load on the rival."""
    times = Times()
    return times, await load(url, (PACKAGE,), **options, times=times)


def again(run: Run) -> Iterator[Run]:
    """The run once more, and once more, each a minute later."""
    for minutes in count(1):
        made_at = run.made_at + datetime.timedelta(minutes=minutes)
        yield msgspec.structs.replace(run, made_at=made_at)


def serve_rival() -> None:
    """The rival's process: prints its port, and serves until it is killed."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/board.sqlite3")
        migrate(database)
        for run in realistic_history(HISTORY, libraries=LIBRARIES):
            store(database, run, now=run.made_at)
        with database.reading() as session:
            view = views.package(session, "celery")
            merged = merged_requests(session)
        database.close()
    assert view is not None
    renderer = Renderer(Addresses("http://127.0.0.1"))

    async def page(request: Request) -> Response:
        content = renderer.package(view, merged)
        return Response(content.body, media_type=content.media_type)

    application = Starlette(routes=[Route(PACKAGE, page)])
    config = uvicorn.Config(application, port=0, log_level="error", access_log=False)
    listener = config.bind_socket()
    # As servicekit does, so that the two differ in nothing but their work.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


@contextmanager
def rival_process() -> Iterator[str]:
    """The rival within a `with` block: its URL."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--rival"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        watchdog.cancel()
        if not port:
            raise SystemExit("board_load: error: the rival did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def report(name: str, times: Times, answered: float) -> None:
    """Prints a contender's table."""
    print(f"\n{name}: {answered:.0f} requests a second answered, {times.failed} failed")
    print(f"  {'page':32} {'requests':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for page in [*times.of, None] if len(times.of) > 1 else [*times.of]:
        requests = len(times.of[page]) if page else sum(map(len, times.of.values()))
        p50, p99 = times.quantile(page, 50), times.quantile(page, 99)
        print(f"  {page or 'all':32} {requests:8} {p50:8.1f} {p99:8.1f}")


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=30, help="of load on each")
    parser.add_argument("--rival", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rival:
        serve_rival()
        return 0
    history = realistic_history(HISTORY, libraries=LIBRARIES)
    asked = {"rate": options.rate, "seconds": options.seconds}
    with tempfile.TemporaryDirectory() as folder, rival_process() as rival:
        with board_process(f"sqlite:///{folder}/board.sqlite3") as board:
            print(
                f"a history of {HISTORY} runs, then {asked['rate']} requests a second", flush=True
            )
            asyncio.run(give_history(board.url, history))
            ours, answered = asyncio.run(board_load(board.url, again(history[-1]), **asked))
            report("board", ours, answered)
            theirs, rival_answered = asyncio.run(rival_load(rival, **asked))
            report("rival", theirs, rival_answered)
    for hundredth in (50, 99):
        ratio = ours.quantile(PACKAGE, hundredth) / theirs.quantile(PACKAGE, hundredth)
        print(f"{PACKAGE}: p{hundredth} is {ratio:.2f} of the rival's")
    met = not ours.failed and ours.quantile(None, 99) < P99_MS
    print(f"p99 below {P99_MS:.0f} ms, none failed: {'yes' if met else 'NO'}")
    return 0 if met else 1


async def give_history(url: str, runs: list[Run]) -> None:
    """Sends the runs, one after the other."""
    async with aiohttp.ClientSession() as session:
        for run in runs:
            async with session.post(
                f"{url}/api/v1/runs", data=encode(run), headers=AUTHORIZED
            ) as answer:
                answer.raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
