"""`release-watcher canary FILE`: people hear of a fresh install that does not work, and no trigger is pulled."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest
import structlog
from werkzeug import Response

from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.proposal.model import CellResult, FirstBad, Repin
from release_watcher.cli import main
from release_watcher.recorded.canaries import Heard
from release_watcher.recorded.database import open_database
from release_watcher.told.canary import message, news_of
from watcher_index import Receiver

NOW = datetime(2026, 12, 1, 6, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def settings(slack: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELEASE_WATCHER_SLACK_WEBHOOK_URL", slack.url)
    monkeypatch.setenv("RELEASE_WATCHER_DATABASE", str(tmp_path / "w.sqlite"))
    monkeypatch.setenv("RELEASE_WATCHER_TRIGGER_COMMAND", f'["touch", "{tmp_path / "triggered"}"]')
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert not (tmp_path / "triggered").exists()


def suite(
    name: str,
    status: Literal["passed", "failed"],
    *,
    test: str = "test_<x>",
    pin: str = "4.2.0",
    cause: str = "",
    upstream: str = "",
) -> SuiteToday:
    seen = CellResult(version="1.0", python="3.12", tier="latest", status=status, failing=test)
    moved = Repin(project="kombu", before=("4.1.0",), after=(pin,))
    found = FirstBad(cell=name, release="1.0", cause=cause)
    return SuiteToday(
        address=name,
        title=name,
        release="1.0",
        upstream=upstream,
        cells=(seen,),
        moved=(moved,),
        first_bad=(found,) if cause else (),
    )


def song(*suites: SuiteToday, hours: float = 0) -> Song:
    return Song(
        made_at=NOW + timedelta(hours=hours),
        base="c" * 40,
        suites=tuple(each for each in suites if not each.upstream),
        upstreams=tuple(each for each in suites if each.upstream),
    )


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
    last = capsys.readouterr().err.splitlines()[-1]
    assert json.loads(last)["event"] == "canary is green"


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
    many = song(*(suite(f"{number:x>70}", "failed") for number in range(50)))
    text = message(news_of(many, {}))["text"]
    assert len(text) < 3_000 and "50 of 50 suites" in text


def test_the_same_cause_is_told_once_and_that_it_is_over(slack: Receiver, tmp_path: Path) -> None:
    red = suite("celery", "failed", cause="its pin kombu 4.2.0")
    also = suite("celery", "failed", cause="its pin kombu 4.2.0", pin="4.2.1", test="test_other")
    for hours, seen in enumerate([red, also, suite("celery", "passed"), suite("celery", "passed")]):
        assert main(["canary", written(tmp_path, song(seen, hours=hours))]) == 0
    first, second = (body["text"].splitlines()[0] for body in slack.bodies)
    assert first == ":rotating_light: a fresh install does not work today: 1 of 1 suites"
    assert second == ":white_check_mark: works again: 1 suite"
    # It is news once more.
    assert main(["canary", written(tmp_path, song(red, hours=5))]) == 0
    assert len(slack.bodies) == 3


@pytest.mark.usefixtures("impatient")
def test_what_could_not_be_told_is_told_by_the_next(slack: Receiver, tmp_path: Path) -> None:
    slack.replies = [lambda: Response(status=500)] * 3
    red = suite("celery", "failed")
    assert main(["canary", written(tmp_path, song(red))]) == 1
    assert main(["canary", written(tmp_path, song(red, hours=1))]) == 0
    assert main(["canary", written(tmp_path, song(red, hours=2))]) == 0
    assert len(slack.bodies) == 4


def test_it_may_run_beside_the_watcher(slack: Receiver, tmp_path: Path) -> None:
    with open_database(tmp_path / "w.sqlite"):
        for hours in (0, 1):
            assert (
                main(["canary", written(tmp_path, song(suite("celery", "failed"), hours=hours))])
                == 0
            )
    assert len(slack.bodies) == 1


def test_what_is_not_released_yet_is_told_apart(slack: Receiver, tmp_path: Path) -> None:
    url = "https://example.org/main.tar.gz"
    told = song(suite("celery", "passed"), suite("celery", "failed", upstream=url))
    assert main(["canary", written(tmp_path, told)]) == 0
    (body,) = slack.bodies
    assert body["text"].splitlines()[:2] == [
        ":construction: what is not released yet does not work: 1 suite",
        f"celery with {url}: RED, 0 of 1 cells pass today",
    ]


RED, GREEN = suite("a", "failed"), suite("a", "passed")


@pytest.mark.parametrize(
    ("seen", "cause", "age", "news"),
    [
        (RED, None, 0, ("a", "")),
        (RED, "1.0\ntest_<x>", 1, ("", "")),
        (RED, "1.0\ntest_<x>", 0, ("", "")),
        (RED, "1.0\ntest_y", 1, ("a", "")),
        (RED, "", 1, ("a", "")),
        (GREEN, None, 0, ("", "")),
        (GREEN, "", 1, ("", "")),
        (GREEN, "1.0\ntest_<x>", 1, ("", "a")),
        # A file that is older than what was told last is no news.
        (RED, "", -1, ("", "")),
        (GREEN, "1.0\ntest_<x>", -1, ("", "")),
    ],
)
def test_what_is_news(seen: SuiteToday, cause: str | None, age: int, news: tuple[str, str]) -> None:
    heard = {} if cause is None else {"a": Heard(cause, NOW - timedelta(hours=age))}
    found = news_of(song(seen), heard)
    assert ("".join(e.name for e in found.red), "".join(e.name for e in found.recovered)) == news
    assert set(found.heard) == ({"a"} if age >= 0 else set())
