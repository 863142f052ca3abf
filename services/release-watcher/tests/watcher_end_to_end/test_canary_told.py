"""`release-watcher canary FILE`: people hear of a fresh install that does not work, and no trigger is pulled."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import pytest
import structlog
from werkzeug import Response

from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.proposal.model import CellResult, Repin
from release_watcher.cli import main
from release_watcher.told.canary import message
from watcher_index import Receiver

NOW = datetime(2026, 12, 1, 6, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def settings(slack: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELEASE_WATCHER_SLACK_WEBHOOK_URL", slack.url)
    monkeypatch.setenv("RELEASE_WATCHER_TRIGGER_COMMAND", f'["touch", "{tmp_path / "triggered"}"]')
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert not (tmp_path / "triggered").exists()


def suite(name: str, status: Literal["passed", "failed"]) -> SuiteToday:
    seen = CellResult(
        version="1.0", python="3.12", tier="latest", status=status, failing="test_<x>"
    )
    moved = Repin(project="kombu", before=("4.1.0",), after=("4.2.0",))
    return SuiteToday(address=name, title=name, release="1.0", cells=(seen,), moved=(moved,))


def song(*suites: SuiteToday) -> Song:
    return Song(made_at=NOW, base="c" * 40, suites=suites)


def written(folder: Path, told: Song) -> str:
    told.write(folder / "canary.json")
    return str(folder / "canary.json")


def test_a_red_one_is_told_with_its_test_and_pin(slack: Receiver, tmp_path: Path) -> None:
    told = song(suite("celery", "failed"), suite("httpx", "passed"))
    assert main(["canary", written(tmp_path, told)]) == 0
    (body,) = slack.bodies
    assert body["text"].splitlines() == [
        ":rotating_light: a fresh install does not work today: 1 of 2 suites",
        "celery 1.0: RED, 0 of 1 cells pass today",
        "  test_&lt;x&gt; on Python 3.12",
        "  kombu: tested with 4.1.0, installed today 4.2.0",
    ]


def test_of_a_green_one_the_log_alone_hears(
    slack: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["canary", written(tmp_path, song(suite("httpx", "passed")))]) == 0
    assert slack.bodies == []
    assert json.loads(capsys.readouterr().err)["event"] == "canary is green"


@pytest.mark.usefixtures("impatient")
def test_who_cannot_be_told_is_an_error(slack: Receiver, tmp_path: Path) -> None:
    slack.replies = [lambda: Response(status=500)] * 9
    assert main(["canary", written(tmp_path, song(suite("celery", "failed")))]) == 1


@pytest.mark.parametrize("text", [None, "", "{}", '{"kind": "run"}'])
def test_what_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    path = tmp_path / "other.json"
    if text is not None:
        path.write_text(text)
    assert main(["canary", str(path)]) == 1
    assert f"release-watcher: error: {path}" in capsys.readouterr().err


def test_a_long_one_is_short() -> None:
    text = message(song(*(suite("x" * 70, "failed") for _ in range(50))))["text"]
    assert len(text) < 3_000 and "50 of 50 suites" in text
