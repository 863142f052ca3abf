"""Services as they are shipped: one file, an empty folder, an empty HOME, and no repository."""

from __future__ import annotations

import datetime
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix_results import Cell, Run, Status, Suite, encode

SERVICES = ("compat-board", "release-watcher")
# The first start unpacks the PEX.
TIMEOUT = 120
TOKEN = "a-token-of-the-tests"


class Pex:
    """The PEX of one service, in a folder that holds nothing else."""

    def __init__(self, service: str, folder: Path) -> None:
        self.folder = folder / "empty"
        self.folder.mkdir()
        (folder / "home").mkdir()
        self.file = folder / f"{service}.pex"
        self.file.hardlink_to(Path(f"services.{service}", f"{service}.pex").resolve())
        self.prefix = service.upper().replace("-", "_")
        self.environment = {"HOME": str(folder / "home"), "PATH": os.defpath, "LANG": "C.UTF-8"}

    def settings(self, **values: object) -> dict[str, str]:
        """The environment with these settings."""
        return self.environment | {f"{self.prefix}_{k.upper()}": str(v) for k, v in values.items()}

    def run(self, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(self.file), *arguments],
            cwd=self.folder,
            env=self.settings(**settings),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    @contextmanager
    def serving(self, *arguments: str, **settings: object) -> Iterator[str]:
        """The URL of a running service; at the end it is asked to stop, and must do so with 0."""
        process = subprocess.Popen(
            [sys.executable, str(self.file), *arguments],
            cwd=self.folder,
            env=self.settings(port=0, **settings),
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = threading.Timer(TIMEOUT, process.kill)
        deadline.start()
        try:
            assert process.stderr is not None
            yield f"http://127.0.0.1:{_port(process.stderr)}"
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate()
            assert process.returncode == 0, log
        finally:
            deadline.cancel()
            process.kill()
            process.communicate()


def _port(log: Iterator[str]) -> int:
    """The port that a service says it listens on; fails with its log if it ends before."""
    lines = []
    for line in log:
        lines.append(line)
        try:
            fields = json.loads(line)
        except ValueError:
            continue  # What is no log line of the service is in the message below.
        if fields.get("event") == "listening":
            return int(fields["port"])
    pytest.fail(f"it ended before it listened:\n{''.join(lines)}")


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as response:
        text: str = response.read().decode()
    return text


@pytest.fixture
def board(tmp_path: Path) -> Pex:
    return Pex("compat-board", tmp_path)


@pytest.fixture
def watcher(tmp_path: Path) -> Pex:
    return Pex("release-watcher", tmp_path)


def test_the_board_makes_its_tables(board: Pex) -> None:
    database = board.folder / "board.sqlite3"
    done = board.run("migrate", database=f"sqlite:///{database}")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(database) as connection:
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version")
    assert revision in done.stdout


def test_the_board_takes_a_report_and_shows_it(board: Pex) -> None:
    report = board.folder / "report.json"
    cell = Cell(version="0.28.1", tier="latest", python="3.13", status=Status.PASSED)
    suite = Suite(address="libs/a:matrix", package="httpx>=0.16", cells=(cell,))
    made_at = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
    report.write_bytes(encode(Run(made_at=made_at, suites=(suite,))))
    database = f"sqlite:///{board.folder / 'board.sqlite3'}"
    with board.serving("serve", database=database, token=TOKEN) as url:
        assert get(f"{url}/healthz")
        assert get(f"{url}/readyz")
        sent = board.run("ingest", str(report), f"--url={url}", token=TOKEN)
        assert sent.returncode == 0, sent.stderr
        assert "httpx" in get(url)


def test_a_wrong_setting_is_named_without_a_traceback(board: Pex) -> None:
    done = board.run("serve", port="many")
    assert done.returncode == 1
    assert "COMPAT_BOARD_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_watcher_tells_its_state(watcher: Pex) -> None:
    done = watcher.run("status", "--json", packages='["httpx>=0.16"]')
    assert done.returncode == 0, done.stderr
    assert "httpx" in json.dumps(json.loads(done.stdout))


@pytest.mark.parametrize("service", SERVICES)
def test_dependencies_and_sources_can_be_laid_apart(service: str, tmp_path: Path) -> None:
    """As the Dockerfile does, for two layers; together they are the service."""
    pex = Pex(service, tmp_path)
    pex.environment["PEX_TOOLS"] = "1"
    for scope in ("deps", "srcs"):
        made = pex.run("venv", f"--scope={scope}", str(pex.folder / "app"))
        assert made.returncode == 0, made.stderr
    del pex.environment["PEX_TOOLS"]
    started = subprocess.run(
        [pex.folder / "app" / "pex", "--help"],
        env=pex.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert service in started.stdout
