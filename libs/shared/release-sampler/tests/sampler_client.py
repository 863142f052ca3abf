"""An index client that retries at once, and what it finds."""

from __future__ import annotations

from pathlib import Path

from release_sampler import Release
from release_sampler.index.client import SimpleIndex
from release_sampler.index.http import Http
from release_sampler.index.pip_config import IndexConfig
from sampler_index import FakeIndex

EARLY, LATE = "2024-01-02T03:04:05.123456Z", "2024-02-03T04:05:06Z"


def client(
    *indexes: str, cache: Path | None = None, timeout: float = 600, deadline: float = 600
) -> SimpleIndex:
    config = IndexConfig(indexes, timeout=timeout)
    return SimpleIndex(config, Http(config, cache, deadline, backoff=0))


def fetch(index: FakeIndex, package: str = "thing") -> dict[str, Release]:
    snapshot = client(index.simple).fetch(package, None)
    return {release.version: release for release in snapshot.releases}
