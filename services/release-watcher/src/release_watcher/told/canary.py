"""Tells people what a canary saw that they have not heard yet: no trigger is pulled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from matrix_updates.canary.song import Song, SuiteToday, read_song
from matrix_updates.errors import UnreadableFolder
from release_watcher.recorded.canaries import Heard
from release_watcher.told.post import Poster
from release_watcher.told.slack import escaped

_log = structlog.stdlib.get_logger("release_watcher.canary")
#: Slack takes 3,000 characters in a section.
_MAX_TEXT = 2_900
_MOST_SUITES = 5


class BadCanary(Exception):
    """A file that is not what `matrix-updates canary --output` writes; the text says why."""


@dataclass(frozen=True)
class CanaryNews:
    """Of what a canary saw, what is to be told; `heard` is what people have heard once it is."""

    song: Song
    red: tuple[SuiteToday, ...]
    recovered: tuple[SuiteToday, ...]
    heard: Mapping[str, Heard]


def read_canary(path: Path) -> Song:
    """What a canary saw; raises `BadCanary`."""
    try:
        return read_song(path.read_bytes(), source=str(path))
    except OSError as error:
        raise BadCanary(f"{path}: {error.strerror}") from error
    except UnreadableFolder as error:
        raise BadCanary(str(error)) from error


def news_of(song: Song, heard: Mapping[str, Heard]) -> CanaryNews:
    """What is red for another cause than people have heard, and what they have heard is red and is not.

    Of a suite that was not tried, or that people have heard of as it was later, nothing is told.
    """
    seen = [
        suite
        for suite in (*song.suites, *song.upstreams)
        if suite.name not in heard or heard[suite.name].made_at <= song.made_at
    ]
    before = {suite.name: heard[suite.name].cause for suite in seen if suite.name in heard}
    return CanaryNews(
        song,
        red=tuple(each for each in seen if each.is_red and each.cause != before.get(each.name)),
        recovered=tuple(each for each in seen if not each.is_red and before.get(each.name)),
        heard={each.name: Heard(each.cause, song.made_at) for each in seen},
    )


async def tell(news: CanaryNews, slack: Poster | None) -> None:
    """Logs the news, and posts them where Slack is configured; raises `DeliveryFailed`.

    Where there are none the log alone hears.
    """
    song = news.song
    for suite in news.red:
        _log.warning("canary is red", suite=suite.name, told=list(suite.lines()))
    for suite in news.recovered:
        _log.info("canary has recovered", suite=suite.name, told=list(suite.lines()))
    if not (news.red or news.recovered):
        event = "canary is red as before" if song.is_red else "canary is green"
        _log.info(event, suites=len(song.suites), complete=song.is_complete)
    elif slack is not None:
        key = f"canary/{song.base}/{song.made_at.isoformat()}"
        await slack.post(message(news), {"Idempotency-Key": key})


def message(news: CanaryNews) -> dict[str, Any]:
    """The body for Slack: which suites are red now, what differs from their locks, what has recovered."""
    text = "\n".join(_lines(news))[:_MAX_TEXT]
    return {
        "text": text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }


def _lines(news: CanaryNews) -> Iterator[str]:
    song = news.song
    released = [suite for suite in news.red if not suite.upstream]
    ahead = [suite for suite in news.red if suite.upstream]
    if released:
        count = f"{len(song.red)} of {len(song.suites)} suites"
        yield f":rotating_light: a fresh install does not work today: {count}"
        yield from _suites(released)
    if ahead:
        yield f":construction: what is not released yet does not work: {_counted(ahead)}"
        yield from _suites(ahead)
    if news.recovered:
        yield f":white_check_mark: works again: {_counted(news.recovered)}"
        yield from _suites(news.recovered)


def _suites(suites: Sequence[SuiteToday]) -> Iterator[str]:
    for suite in suites[:_MOST_SUITES]:
        yield from map(escaped, suite.lines())
    more = len(suites) - _MOST_SUITES
    if more > 0:
        yield f"and {more} more suites"


def _counted(suites: Sequence[SuiteToday]) -> str:
    return f"{len(suites)} suite{'' if len(suites) == 1 else 's'}"
