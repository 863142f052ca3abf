"""The board's PEX makes its tables, takes a report and shows it, in an empty folder."""

from __future__ import annotations

import datetime
import sqlite3
import subprocess
import urllib.request

import pytest

from matrix_results import Cell, Run, Status, Suite, encode
from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.publish.merged import MergedRequest, MergedRequests
from packages.service_pex import TIMEOUT, ServicePex

TOKEN = "a-token-of-the-tests"
MADE_AT = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
COMMIT = "c" * 40
SONG = Song(
    made_at=MADE_AT,
    base=COMMIT,
    suites=(SuiteToday(address="libs/a:matrix", title="httpx", release="0.28.1"),),
)
MERGED = MergedRequests(
    requests=(
        MergedRequest(
            url="https://forge.example/pull/7", title="Test httpx", commit=COMMIT, merged_at=MADE_AT
        ),
    )
)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> ServicePex:
    return ServicePex("compat-board", tmp_path_factory.mktemp("board"))


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
        text: str = response.read().decode()
    return text


def test_the_board_makes_its_tables(board: ServicePex) -> None:
    database = board.folder / "made.sqlite3"
    done = board.run("migrate", database=f"sqlite:///{database}")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(database) as connection:
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version")
    assert revision in done.stdout


def test_the_board_takes_a_report_and_shows_it(board: ServicePex) -> None:
    report = board.folder / "report.json"
    cell = Cell(version="0.28.1", tier="latest", python="3.13", status=Status.PASSED)
    suite = Suite(address="libs/a:matrix", package="httpx>=0.16", cells=(cell,))
    report.write_bytes(encode(Run(made_at=MADE_AT, suites=(suite,))))
    database = f"sqlite:///{board.folder / 'board.sqlite3'}"
    with board.serving("serve", database=database, token=TOKEN) as url:
        assert board.is_healthy(url)
        assert get(f"{url}/readyz")
        sent = board.run("ingest", str(report), f"--url={url}", token=TOKEN)
        assert sent.returncode == 0, sent.stderr
        assert "httpx" in get(url)
        # What `matrix-updates` writes, read by its own code inside of the PEX.
        canary, merged = board.folder / "canary.json", board.folder / "merged.json"
        SONG.write(canary)
        MERGED.write(merged)
        for file in (canary, merged):
            sent = board.run("ingest", str(file), f"--url={url}", token=TOKEN)
            assert sent.returncode == 0, sent.stderr
        assert "green with what a fresh install gets" in get(url)
        assert "https://forge.example/pull/7" in get(url)
    assert not board.is_healthy(url)


def test_a_wrong_setting_is_named_without_a_traceback(board: ServicePex) -> None:
    done = board.run("serve", port="many")
    assert done.returncode == 1
    assert "COMPAT_BOARD_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_can_be_laid_out_in_layers(board: ServicePex) -> None:
    told = subprocess.run(
        [board.laid_apart(), "--help"],
        env=board.environment | {"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "compat-board" in told.stdout
