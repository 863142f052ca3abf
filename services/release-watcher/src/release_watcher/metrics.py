"""What Prometheus can know of the watcher."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from release_watcher.events import Event, Kind


class WatcherMetrics:
    """Counters, each label of which has few values, all of them there from the start."""

    def __init__(self, registry: CollectorRegistry, channels: Iterable[str]) -> None:
        self._polls = Counter(
            "release_watcher_polls", "Polls of packages.", ["outcome"], registry=registry
        )
        self._events = Counter(
            "release_watcher_events", "Events recorded.", ["kind"], registry=registry
        )
        self._deliveries = Counter(
            "release_watcher_deliveries",
            "Attempts to deliver an event.",
            ["channel", "outcome"],
            registry=registry,
        )
        for outcome in ("success", "failure"):
            self._polls.labels(outcome)
        for kind in Kind:
            self._events.labels(kind.value)
        for channel in channels:
            for outcome in ("success", "failure", "given-up"):
                self._deliveries.labels(channel, outcome)

    def polled(self, outcome: str) -> None:
        """`success` or `failure`."""
        self._polls.labels(outcome).inc()

    def happened(self, events: Iterable[Event]) -> None:
        """Events were recorded."""
        for event in events:
            self._events.labels(event.kind.value).inc()

    def delivered(self, channel: str, outcome: str) -> None:
        """`success`, `failure` (to be tried again) or `given-up`."""
        self._deliveries.labels(channel, outcome).inc()


class StateMetrics(Collector):
    """Gauges read from the state when somebody asks, so that they are never out of date.

    `read` returns their values by name; what is unknown is left out.
    """

    _HELP = {
        "packages": "Packages watched.",
        "failing_packages": "Packages whose last poll failed.",
        "pending_deliveries": "Deliveries that have not succeeded yet.",
        "oldest_success_age_seconds": "Time since every package that is not gone had been polled successfully.",
    }

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Names alone: registration must not need a database."""
        for name, text in self._HELP.items():
            yield GaugeMetricFamily(f"release_watcher_{name}", text)

    def collect(self) -> Iterator[Metric]:
        """Read now."""
        for name, value in self._read().items():
            yield GaugeMetricFamily(f"release_watcher_{name}", self._HELP[name], value=value)
