"""Empties the outbox of one channel: the oldest first, until nothing is due."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

import trace_baton
from release_watcher.clock import Clock
from release_watcher.metrics import WatcherMetrics
from release_watcher.recorded.store import PendingDelivery, Store
from release_watcher.schedule import backoff
from release_watcher.settings import WatcherSettings
from release_watcher.told.channel import Channel, DeliveryFailed

_log = structlog.stdlib.get_logger(__name__)


class Outbox:
    """Delivers what is due. An attempt is written down before it begins, and its outcome after it.

    What cannot be written is not sent: a full disk does not make of one message a hundred. A crash
    between a success and its record repeats the delivery: there is no way to do both at once. The key
    of the event lets a receiver pass over the second.
    """

    def __init__(
        self,
        channel: Channel,
        settings: WatcherSettings,
        store: Store,
        metrics: WatcherMetrics,
        clock: Clock,
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._store = store
        self._metrics = metrics
        self._clock = clock
        #: What the channel has taken, and when, that is not recorded yet.
        self._taken: dict[PendingDelivery, datetime] = {}

    @property
    def name(self) -> str:
        """That of the channel."""
        return self._channel.name

    async def deliver_due(self, stop: asyncio.Event | None = None) -> bool:
        """Deliver what is due now, each once, unless `stop` is set; returns whether all succeeded."""
        await self.record_taken()
        succeeded = True
        # What fails may be due again before the rest is through, and so for ever.
        now = self._clock()
        while stop is None or not stop.is_set():
            pending = await asyncio.to_thread(self._store.next_delivery, self._channel.name, now)
            if pending is None:
                break
            succeeded &= await self._deliver(pending)
        return succeeded

    async def record_taken(self) -> None:
        """Record the deliveries that succeeded; where that fails it is the record that is repeated."""
        for pending, moment in tuple(self._taken.items()):
            await asyncio.to_thread(
                self._store.record_delivery, pending.event_id, self._channel.name, now=moment
            )
            del self._taken[pending]
            self._metrics.delivered(self._channel.name, "success")
            _log.info("delivered", key=pending.event.key, channel=self._channel.name)

    async def seconds_to_next(self) -> float | None:
        """How long there is nothing to do; None if there is nothing at all."""
        due = await asyncio.to_thread(self._store.next_attempt, self._channel.name)
        return None if due is None else max((due - self._clock()).total_seconds(), 0.0)

    async def _deliver(self, pending: PendingDelivery) -> bool:
        # A trace for each attempt: what the webhook or its service logs can be found from here.
        with trace_baton.start():
            if pending.attempts and self._clock() > self._deadline(pending):
                await asyncio.to_thread(self._give_up, pending, pending.last_error)
                return False
            await asyncio.to_thread(
                self._store.begin_delivery,
                pending.event_id,
                self._channel.name,
                next_attempt=self._next_attempt(pending),
            )
            try:
                await self._channel.send(pending.event)
            except DeliveryFailed as error:
                await asyncio.to_thread(self._failed, pending, str(error))
                return False
            except Exception as error:
                _log.exception("unexpected failure of a delivery", key=pending.event.key)
                await asyncio.to_thread(self._failed, pending, f"unexpected {type(error).__name__}")
                return False
            self._taken[pending] = self._clock()
            await self.record_taken()
            return True

    def _failed(self, pending: PendingDelivery, reason: str) -> None:
        next_attempt = self._next_attempt(pending)
        if next_attempt > self._deadline(pending):
            self._give_up(pending, reason)
            return
        name = self._channel.name
        self._store.record_failed_delivery(
            pending.event_id, name, reason, next_attempt=next_attempt
        )
        self._metrics.delivered(name, "failure")
        _log.warning(
            "delivery failed",
            key=pending.event.key,
            channel=name,
            reason=reason,
            next_attempt=next_attempt.isoformat(),
        )

    def _give_up(self, pending: PendingDelivery, reason: str) -> None:
        name = self._channel.name
        self._store.give_up(pending.event_id, name, reason, now=self._clock())
        self._metrics.delivered(name, "given-up")
        _log.error("delivery given up", key=pending.event.key, channel=name, reason=reason)

    def _next_attempt(self, pending: PendingDelivery) -> datetime:
        """If the one that is due now, or under way, comes to nothing."""
        seconds = backoff(
            pending.attempts + 1,
            self._settings.delivery_retry,
            self._settings.delivery_backoff_max,
        )
        return self._clock() + timedelta(seconds=seconds)

    def _deadline(self, pending: PendingDelivery) -> datetime:
        return pending.event.detected_at + timedelta(seconds=self._settings.delivery_deadline)
