"""The watcher's PEX tells its state, in an empty folder."""

from __future__ import annotations

import json
import subprocess

import pytest

from packages.service_pex import TIMEOUT, ServicePex


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> ServicePex:
    return ServicePex("release-watcher", tmp_path_factory.mktemp("watcher"))


def test_the_watcher_tells_its_state(watcher: ServicePex) -> None:
    done = watcher.run("status", "--json", packages='["httpx>=0.16"]')
    assert done.returncode == 0, done.stderr
    assert "httpx" in json.dumps(json.loads(done.stdout))


def test_it_can_be_laid_out_in_layers(watcher: ServicePex) -> None:
    told = subprocess.run(
        [watcher.laid_apart(), "--help"],
        env=watcher.environment | {"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "release-watcher" in told.stdout
