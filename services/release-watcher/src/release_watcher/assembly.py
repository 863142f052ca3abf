"""Puts the parts together, as settings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

import trace_baton
from release_watcher.chosen.watchlist import BadWatchlist
from release_watcher.chosen.watchlist_source import WatchlistSource
from release_watcher.clock import Clock, utc_now
from release_watcher.metrics import StateMetrics, WatcherMetrics
from release_watcher.poller import Poller
from release_watcher.recorded.database import beside
from release_watcher.recorded.store import Store
from release_watcher.settings import WatcherSettings
from release_watcher.told.channel import Channel
from release_watcher.told.command import CommandChannel
from release_watcher.told.log import LogChannel
from release_watcher.told.outbox import Outbox
from release_watcher.told.slack import SlackChannel
from release_watcher.told.status import Status, read_status
from release_watcher.told.webhook import WebhookChannel
from release_watcher.watcher import Watcher
from servicekit.flags import flags


@dataclass(frozen=True)
class Parts:
    """A watcher and what one can ask about it."""

    watcher: Watcher
    store: Store
    status: Callable[[], Status]


def assemble(
    settings: WatcherSettings,
    engine: Engine,
    registry: CollectorRegistry,
    clock: Clock = utc_now,
) -> Parts:
    """Make a watcher, and change nothing yet; raises `BadWatchlist`, and `SettingsError` for a bad
    flags file."""
    trace_baton.install("httpx")
    source = WatchlistSource(settings)
    if not source.read():
        raise BadWatchlist(
            "nothing to watch; set RELEASE_WATCHER_PACKAGES='[\"httpx>=0.16\"]', "
            "or RELEASE_WATCHER_PACKAGES_FILE to the output of `./pants matrix --format=json ::`"
        )
    store = Store(engine)
    channels = channels_of(settings)
    names = [channel.name for channel in channels]
    metrics = WatcherMetrics(registry, names)
    people = [channel.name for channel in channels if channel.is_for_people]

    def asks_for_pythons() -> bool:
        return bool(source.targets())

    poller = Poller(settings, store, metrics, flags(settings), names, clock, asks_for_pythons)
    outboxes = [Outbox(channel, settings, store, metrics, clock) for channel in channels]

    def status() -> Status:
        return read_status(engine, source.read(), running=True)

    def gauges() -> dict[str, float]:
        try:
            return _gauges(status(), clock())
        except DatabaseError:
            # Readiness says so; the counters are worth reading all the more.
            return {}

    registry.register(StateMetrics(gauges))
    watcher = Watcher(settings, source, store, poller, outboxes, people, metrics, clock)
    return Parts(watcher, store, status)


def channels_of(settings: WatcherSettings) -> list[Channel]:
    """The ways to tell of an event: the log always, the others where they are configured."""
    channels: list[Channel] = [LogChannel()]
    if settings.slack_webhook_url is not None:
        channels.append(SlackChannel(settings.slack_webhook_url.get_secret_value()))
    if settings.trigger_webhook_url is not None:
        token = settings.trigger_webhook_token
        channels.append(
            WebhookChannel(
                settings.trigger_webhook_url.get_secret_value(),
                token.get_secret_value() if token is not None else None,
            )
        )
    if settings.trigger_command:
        lock = beside(settings.database, ".command.lock")
        channels.append(CommandChannel(settings.trigger_command, settings.trigger_timeout, lock))
    return channels


def _gauges(status: Status, now: datetime) -> dict[str, float]:
    gauges: dict[str, float] = {
        "packages": len(status.packages),
        "failing_packages": sum(package.failures > 0 for package in status.packages),
        "pending_deliveries": len(status.pending),
    }
    oldest = status.oldest_success()
    if oldest is not None:
        gauges["oldest_success_age_seconds"] = max((now - oldest).total_seconds(), 0.0)
    return gauges
