"""A watcher in this process, with a clock that a test moves."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from release_watcher.assembly import Parts, assemble
from release_watcher.recorded.database import open_database
from release_watcher.settings import WatcherSettings
from release_watcher.told.status import Status


class World:
    """Each `poll` is the whole command `poll-once`: the database is opened and closed again."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings: dict[str, Any] = {
            "database": folder / "watcher.sqlite",
            "packages": ("thing>=1",),
            "withdrawn_after": 1,
            **settings,
        }
        self.now = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
        self.registry = CollectorRegistry()

    def poll(self, **settings: Any) -> bool:
        """Poll everything, deliver what is due; returns whether all of it succeeded."""
        with self.parts(**settings) as parts:
            return asyncio.run(parts.watcher.run_once())

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def status(self, **settings: Any) -> Status:
        with self.parts(**settings) as parts:
            return parts.status()

    def value(self, metric: str, **labels: str) -> float | None:
        """What Prometheus would read now."""
        return self.registry.get_sample_value(f"release_watcher_{metric}", labels)

    @contextmanager
    def parts(self, **settings: Any) -> Iterator[Parts]:
        merged = WatcherSettings(**{**self.settings, **settings})
        self.registry = CollectorRegistry()
        with open_database(merged.database) as engine:
            yield assemble(merged, engine, self.registry, lambda: self.now)


def run_until(parts: Parts, happened: Callable[[], bool]) -> None:
    """Run the daemon, without its server, until something has happened."""

    async def run() -> None:
        stop = asyncio.Event()
        work = asyncio.create_task(parts.watcher.run(stop))
        async with asyncio.timeout(600):
            while not happened():
                await asyncio.sleep(0.01)
        stop.set()
        await work

    asyncio.run(run())


def count(logs: Sequence[MutableMapping[str, Any]], event: str, **fields: object) -> int:
    """The lines whose event begins so, and which have these fields."""
    return sum(line["event"].startswith(event) and fields.items() <= line.items() for line in logs)


@contextmanager
def locked(file: Path) -> Iterator[Callable[[], None]]:
    """A database that nobody else can write, as if the disk were full, until the result is called."""
    with closing(sqlite3.connect(file, check_same_thread=False)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")

        def unlock() -> None:
            other.execute("ROLLBACK")

        yield unlock
