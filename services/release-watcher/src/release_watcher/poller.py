"""One poll of one package: ask the index, remember the answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from openfeature.client import OpenFeatureClient
from sqlalchemy.exc import OperationalError

import trace_baton
from release_sampler import NoReleases, SamplerError, Snapshot
from release_watcher.chosen.watchlist import Watched
from release_watcher.clock import Clock
from release_watcher.events import Event
from release_watcher.fetched.detached import in_detached_thread
from release_watcher.fetched.index import Fetch, Wanted, fetch_from_index
from release_watcher.metrics import WatcherMetrics
from release_watcher.recorded.store import Store
from release_watcher.schedule import until_next_poll
from release_watcher.settings import WatcherSettings

#: A feature flag: whether prereleases are events.
ANNOUNCE_PRERELEASES = "announce-prereleases"

_log = structlog.stdlib.get_logger(__name__)


class Poller:
    """Polls packages, one call each. What goes wrong with one is recorded, and nobody else's."""

    def __init__(
        self,
        settings: WatcherSettings,
        store: Store,
        metrics: WatcherMetrics,
        flags: OpenFeatureClient,
        channels: Sequence[str],
        clock: Clock,
        asks_for_pythons: Callable[[], bool],
        fetch: Fetch = fetch_from_index,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._store = store
        self._metrics = metrics
        self._flags = flags
        self._channels = tuple(channels)
        self._clock = clock
        self._asks_for_pythons = asks_for_pythons
        self._fetch = fetch
        self._draw = draw

    async def poll(self, watched: Watched) -> bool:
        """Poll a package now; returns whether that succeeded."""
        # A trace for each poll, as for each delivery: its lines belong together.
        with trace_baton.start():
            return await self._poll(watched)

    async def _poll(self, watched: Watched) -> bool:
        try:
            wanted = await self._wanted(watched.name)
            snapshot = await in_detached_thread(lambda: self._fetch(watched.name, wanted))
            await asyncio.to_thread(self._succeeded, watched, snapshot)
            return True
        except SamplerError as error:
            await asyncio.to_thread(self._failed, watched, error)
            return False
        except OperationalError:
            # A full disk, a lock: not the fault of this package.
            raise
        except Exception as error:
            _log.exception("unexpected failure of a poll", package=watched.name)
            told = SamplerError(f"{watched.name}: unexpected {type(error).__name__}: {error}")
            await asyncio.to_thread(self._failed, watched, told)
            return False

    async def _wanted(self, name: str) -> Wanted:
        """Which Pythons a release claims is asked once, and only where somebody compares them."""
        if not self._asks_for_pythons():
            return lambda version: False
        known = await asyncio.to_thread(self._store.claimant, name)
        return lambda version: version != known

    def _succeeded(self, watched: Watched, snapshot: Snapshot) -> None:
        prereleases = self._flags.get_boolean_value(ANNOUNCE_PRERELEASES, False)
        now = self._clock()
        events = self._store.record_success(
            watched,
            snapshot,
            now=now,
            next_poll=self._next(now, failures=0),
            withdrawn_after=self._settings.withdrawn_after,
            announces=lambda version: watched.announces(version, prereleases=prereleases),
            channels=self._channels,
        )
        self._metrics.polled("success")
        self._metrics.happened(events)
        _log.debug("polled", package=watched.name, releases=len(snapshot.releases))
        _tell(events)

    def _failed(self, watched: Watched, error: SamplerError) -> None:
        now, reason = self._clock(), str(error)
        failures = self._store.failures(watched.name) + 1
        next_poll = self._next(now, failures, error.retry_after)
        events: Sequence[Event] = ()
        if isinstance(error, NoReleases):
            events = self._store.record_absence(
                watched,
                reason,
                now=now,
                next_poll=next_poll,
                gone_after=self._settings.gone_after,
                channels=self._channels,
            )
        else:
            self._store.record_failure(watched.name, reason, now=now, next_poll=next_poll)
        self._metrics.polled("failure")
        self._metrics.happened(events)
        _log.warning(
            "poll failed",
            package=watched.name,
            reason=reason,
            failures=failures,
            next_poll=next_poll.isoformat(),
        )
        _tell(events)

    def _next(self, now: datetime, failures: int, retry_after: float | None = None) -> datetime:
        return now + timedelta(
            seconds=until_next_poll(
                failures,
                interval=self._settings.poll_interval,
                retry=self._settings.poll_retry,
                longest=self._settings.poll_backoff_max,
                jitter=self._settings.poll_jitter,
                drawn=self._draw(),
                retry_after=retry_after,
            )
        )


def _tell(events: Sequence[Event]) -> None:
    for event in events:
        _log.info("event recorded", key=event.key)
