"""A watcher in this process, with a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from release_watcher.assembly import Parts, assemble
from release_watcher.database import open_database
from release_watcher.settings import WatcherSettings
from release_watcher.status import Status


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
        async with asyncio.timeout(60):
            while not happened():
                await asyncio.sleep(0.01)
        stop.set()
        await work

    asyncio.run(run())
