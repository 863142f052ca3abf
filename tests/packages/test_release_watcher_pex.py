"""The watcher's PEX runs, remembers and tells its state, in an empty folder."""

from __future__ import annotations

import datetime
import json
import subprocess

import pytest

from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.proposal.model import CellResult
from packages.service_pex import TIMEOUT, ServicePex

MADE_AT = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
PACKAGES = '["httpx>=0.16"]'


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> ServicePex:
    pex = ServicePex("release-watcher", tmp_path_factory.mktemp("watcher"))
    # An index where nobody answers: what is watched stays unknown, and nothing leaves the machine.
    pex.environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/simple/"
    return pex


def test_the_watcher_runs_and_remembers_its_state(watcher: ServicePex) -> None:
    database = watcher.folder / "state.sqlite3"
    with watcher.serving("run", database=database, packages=PACKAGES) as url:
        assert watcher.is_healthy(url)
    assert not watcher.is_healthy(url)
    told = watcher.run("status", "--json", database=database, packages=PACKAGES)
    assert told.returncode == 0, told.stderr
    assert "httpx" in json.dumps(json.loads(told.stdout))


def test_it_tells_what_a_canary_saw_once(watcher: ServicePex) -> None:
    database, song = watcher.folder / "canary.sqlite3", watcher.folder / "canary.json"
    seen = CellResult(version="1", python="3.12", tier="latest", status="failed", failing="test_x")
    suite = SuiteToday(address="libs/a:matrix", title="a", release="1", cells=(seen,))
    Song(made_at=MADE_AT, base="c" * 40, suites=(suite,)).write(song)
    told = [watcher.run("canary", str(song), database=database) for _ in range(2)]
    assert [each.returncode for each in told] == [0, 0], told[0].stderr
    assert '"canary is red"' in told[0].stderr
    assert '"canary is red as before"' in told[1].stderr


def test_a_wrong_setting_is_named_without_a_traceback(watcher: ServicePex) -> None:
    done = watcher.run("run", port="many")
    assert done.returncode == 1
    assert "RELEASE_WATCHER_PORT" in done.stderr
    assert "Traceback" not in done.stderr


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
