"""Tells people what a canary saw: a fresh install that does not work today. No trigger is pulled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog

from matrix_updates.canary.song import Song, read_song
from matrix_updates.errors import UnreadableFolder
from release_watcher.told.post import Poster
from release_watcher.told.slack import escaped

_log = structlog.stdlib.get_logger("release_watcher.canary")
#: Slack takes 3,000 characters in a section.
_MAX_TEXT = 2_900
_MOST_SUITES = 5


class BadCanary(Exception):
    """A file that is not what `matrix-updates canary --output` writes; the text says why."""


def read_canary(path: Path) -> Song:
    """What a canary saw; raises `BadCanary`."""
    try:
        return read_song(path.read_bytes(), source=str(path))
    except OSError as error:
        raise BadCanary(f"{path}: {error.strerror}") from error
    except UnreadableFolder as error:
        raise BadCanary(str(error)) from error


async def tell(song: Song, slack: Poster | None) -> None:
    """Logs what is red, and posts it where Slack is configured; raises `DeliveryFailed`.

    Of a green one the log alone hears.
    """
    if not song.is_red:
        _log.info("canary is green", suites=len(song.suites), complete=song.is_complete)
        return
    for suite in song.red:
        _log.warning("canary is red", suite=suite.address, told=list(suite.lines()))
    if slack is not None:
        key = f"canary/{song.base}/{song.made_at.isoformat()}"
        await slack.post(message(song), {"Idempotency-Key": key})


def message(song: Song) -> dict[str, Any]:
    """The body for Slack: which suites are red today, and what differs from their locks."""
    red = song.red
    lines = [line for suite in red[:_MOST_SUITES] for line in suite.lines()]
    more = [f"and {len(red) - _MOST_SUITES} more suites"] if len(red) > _MOST_SUITES else []
    head = f":rotating_light: a fresh install does not work today: {len(red)} of {len(song.suites)}"
    text = "\n".join([f"{head} suites", *map(escaped, lines), *more])[:_MAX_TEXT]
    return {
        "text": text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }
