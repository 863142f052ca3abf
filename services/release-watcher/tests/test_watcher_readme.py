"""The README names every setting with its default, and every metric."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from release_watcher.metrics import StateMetrics, WatcherMetrics
from release_watcher.settings import WatcherSettings
from servicekit.settings import ServiceSettings

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_settings() -> None:
    table = README.partition("## Settings")[2].partition("## Metrics")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\|", table, re.M))
    fields = {
        name: field.default
        for name, field in WatcherSettings.model_fields.items()
        if name not in ServiceSettings.model_fields or name == "port"
    }
    assert told == {name: _told(default) for name, default in fields.items()}


def test_metrics() -> None:
    registry = CollectorRegistry()
    WatcherMetrics(registry, ["log"])
    state = StateMetrics(lambda: {})
    told = set(re.findall(r"`(release_watcher_\w+)", README.partition("## Metrics")[2]))
    counters = {f"{metric.name}_total" for metric in registry.collect()}
    assert told == counters | {metric.name for metric in state.describe()}


def _told(default: object) -> str:
    if default in (None, ()):
        return ""
    return f"{default:.10g}" if isinstance(default, (int, float)) else str(default)
