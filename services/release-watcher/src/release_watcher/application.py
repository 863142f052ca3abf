"""The daemon as an application: health and metrics, and the watcher while it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine

from release_watcher import __version__
from release_watcher.assembly import assemble
from release_watcher.clock import Clock, utc_now
from release_watcher.settings import WatcherSettings
from servicekit.application import create_application
from servicekit.health import Check, NotReady
from servicekit.metrics import new_registry


def make_application(settings: WatcherSettings, engine: Engine, clock: Clock = utc_now) -> FastAPI:
    """Make it; raises `BadWatchlist` and `SettingsError` like `assemble`."""
    registry = new_registry()
    parts = assemble(settings, engine, registry, clock)

    async def database() -> None:
        await asyncio.to_thread(parts.store.probe)

    async def polls() -> None:
        status = await asyncio.to_thread(parts.status)
        stalled = status.stalled(clock(), settings.stale_after)
        if stalled is not None:
            raise NotReady(stalled)

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        work = asyncio.create_task(parts.watcher.run(stop))
        yield
        stop.set()
        # Deliveries under way get their time; one that is cut off is repeated after the next start.
        await asyncio.wait({work}, timeout=settings.shutdown_grace)
        work.cancel()
        await asyncio.wait({work})

    return create_application(
        settings,
        title="release-watcher",
        version=__version__,
        checks=(Check("database", database), Check("polls", polls)),
        lifespan=lifespan,
        registry=registry,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
