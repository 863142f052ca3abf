from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from pytest_httpserver import HTTPServer
from urllib3.util import Retry

import trace_baton
from watcher_index import Index, Receiver
from watcher_world import World


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home, a cache and pip's configuration of the test's own; nothing stays installed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    trace_baton.uninstall()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retries within a delivery, and within a request to the index, come at once."""
    monkeypatch.setattr(Retry, "sleep", lambda self, response=None: None)
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def index(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Index:
    made = Index(httpserver)
    monkeypatch.setenv("PIP_INDEX_URL", made.url)
    return made


@pytest.fixture
def slack(httpserver: HTTPServer) -> Receiver:
    return Receiver(httpserver, "/services/T0/B0/secret")


@pytest.fixture
def world(tmp_path: Path, index: Index, slack: Receiver) -> World:
    """A watcher of `thing>=1` that tells Slack."""
    return World(tmp_path, slack_webhook_url=slack.url)
