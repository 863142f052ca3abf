"""The daemon: polls what is due, delivers what is pending, forgets what is old, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog

from release_watcher.chosen.watchlist import Watched, Watchlist
from release_watcher.chosen.watchlist_source import WatchlistSource
from release_watcher.clock import Clock
from release_watcher.metrics import WatcherMetrics
from release_watcher.poller import Poller
from release_watcher.recorded.store import Store
from release_watcher.schedule import jittered, longest_pause
from release_watcher.settings import WatcherSettings
from release_watcher.told.outbox import Outbox

#: The longest that the loops sleep, in seconds: as late may a changed packages file be noticed.
_LONGEST_SLEEP = 30.0
_HOUSEKEEPING = 3600.0

_log = structlog.stdlib.get_logger(__name__)


class Watcher:
    """Puts poller and outboxes to work. `run` is the daemon, `run_once` does all there is to do."""

    def __init__(
        self,
        settings: WatcherSettings,
        source: WatchlistSource,
        store: Store,
        poller: Poller,
        outboxes: Sequence[Outbox],
        people: Sequence[str],
        metrics: WatcherMetrics,
        clock: Clock,
    ) -> None:
        """`people`: the channels that hear of news that starts no update."""
        self._settings = settings
        self._source = source
        self._store = store
        self._poller = poller
        self._outboxes = tuple(outboxes)
        self._people = tuple(people)
        self._metrics = metrics
        self._clock = clock
        self._channels = tuple(outbox.name for outbox in outboxes)
        self._news = [asyncio.Event() for _ in outboxes]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish deliveries that are under way, and leave polls."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_supervised(partial(self._keep_polling, stop), stop))
                group.create_task(_supervised(partial(self._keep_house, stop), stop))
                for outbox, news in zip(self._outboxes, self._news):
                    work = partial(_keep_delivering, outbox, news, stop)
                    group.create_task(_supervised(work, stop))
        finally:
            # The last chance of what could not be recorded: what stopped us may have mended the
            # disk. Also when another delivery has taken too long, and we are cut off.
            records = (outbox.record_taken() for outbox in self._outboxes)
            await asyncio.gather(*records, return_exceptions=True)

    async def run_once(self) -> bool:
        """Poll every package, due or not, and deliver; returns whether all of it succeeded."""
        await self._warn_of_others()
        await self._check_clock()
        await self.keep_house()
        slots = asyncio.Semaphore(self._settings.concurrency)

        async def poll(watched: Watched) -> bool:
            async with slots:
                return await self._poller.poll(watched)

        polled = await asyncio.gather(*map(poll, self._source.read().values()))
        await self.look_at_pythons()
        delivered = await asyncio.gather(*(outbox.deliver_due() for outbox in self._outboxes))
        _log.info("polled once", packages=len(polled), failed=polled.count(False))
        return all(polled) and all(delivered)

    async def keep_house(self) -> None:
        """Forget what is old."""
        now = self._clock()
        late = await asyncio.to_thread(
            self._store.give_up_elsewhere,
            self._channels,
            now=now,
            deadline=timedelta(seconds=self._settings.delivery_deadline),
        )
        for key, channel in late:
            self._metrics.delivered(channel, "given-up")
            _log.error(
                "delivery given up",
                key=key,
                channel=channel,
                reason="the channel is not configured",
            )
        forgotten = await asyncio.to_thread(
            self._store.prune,
            tuple(self._source.read()),
            now=now,
            retention=timedelta(days=self._settings.retention_days),
        )
        if forgotten:
            _log.info("forgot old events", events=forgotten)

    async def look_at_pythons(self) -> None:
        """Tell of Pythons that come and of those whose support has ended."""
        events = await asyncio.to_thread(
            self._store.record_python_news,
            tuple(self._source.read()),
            self._source.targets(),
            now=self._clock(),
            channels=self._people,
        )
        self._metrics.happened(events)
        for event in events:
            _log.info("event recorded", key=event.key)

    async def _warn_of_others(self) -> None:
        """Channels may be configured again: what waits for them is kept until its deadline."""
        waiting = await asyncio.to_thread(self._store.pending_elsewhere, self._channels)
        for channel, count in waiting.items():
            _log.warning(
                "deliveries wait for a channel that is not configured",
                channel=channel,
                deliveries=count,
            )

    async def _check_clock(self) -> None:
        longest_poll = longest_pause(
            self._settings.poll_interval,
            self._settings.poll_backoff_max,
            self._settings.poll_jitter,
        )
        was_ahead = await asyncio.to_thread(
            self._store.forget_future,
            self._clock,
            longest_poll=timedelta(seconds=longest_poll),
            longest_delivery=timedelta(seconds=self._settings.delivery_backoff_max),
        )
        if was_ahead:
            _log.warning(
                "what was put off for too long is due now: the clock was ahead, or settings changed"
            )

    async def _keep_polling(self, stop: asyncio.Event) -> None:
        running: dict[str, asyncio.Task[None]] = {}
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._check_clock()
                watchlist = self._source.read()
                pause = await self._start_due(watchlist, running)
                await asyncio.wait(
                    {stopped, *running.values()},
                    timeout=pause,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for name in [name for name, task in running.items() if task.done()]:
                    # A failure here is that of the database: the supervisor is told.
                    running.pop(name).result()
        finally:
            for task in (stopped, *running.values()):
                task.cancel()

    async def _start_due(
        self, watchlist: Watchlist, running: dict[str, asyncio.Task[None]]
    ) -> float:
        """Start polls of packages that are due, as many as there are slots; returns seconds to sleep."""
        longest = timedelta(seconds=jittered(self._settings.poll_interval, 1, 1))
        due_at = await asyncio.to_thread(self._store.next_polls, tuple(watchlist), longest)
        now = self._clock()
        waiting = [
            # Those never polled come first.
            ((due_at[name] - now).total_seconds() if name in due_at else float("-inf"), name)
            for name in watchlist
            if name not in running
        ]
        for seconds, name in sorted(waiting):
            if len(running) >= self._settings.concurrency:
                return _LONGEST_SLEEP
            if seconds > 0:
                return min(seconds, _LONGEST_SLEEP)
            running[name] = asyncio.create_task(self._poll(watchlist[name]))
        return _LONGEST_SLEEP

    async def _poll(self, watched: Watched) -> None:
        await self._poller.poll(watched)
        for news in self._news:
            news.set()

    async def _keep_house(self, stop: asyncio.Event) -> None:
        await self._warn_of_others()
        while not stop.is_set():
            await self.keep_house()
            await self.look_at_pythons()
            for news in self._news:
                news.set()
            await _sleep(_HOUSEKEEPING, stop)


async def _keep_delivering(outbox: Outbox, news: asyncio.Event, stop: asyncio.Event) -> None:
    while not stop.is_set():
        news.clear()
        await outbox.deliver_due(stop)
        pause = await outbox.seconds_to_next()
        await _sleep(_LONGEST_SLEEP if pause is None else min(pause, _LONGEST_SLEEP), stop, news)


async def _supervised(work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Start work again when it fails: a disk that was full, a database that was locked."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            _log.exception("a loop failed and starts again", pause_seconds=_LONGEST_SLEEP)
            await _sleep(_LONGEST_SLEEP, stop)


async def _sleep(seconds: float, *events: asyncio.Event) -> None:
    """Sleep until an event is set, at most so long."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
