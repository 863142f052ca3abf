"""Each event is a line in the log."""

from __future__ import annotations

import structlog

from release_watcher.events import Event, describe, fields_of

_log = structlog.stdlib.get_logger("release_watcher.events")


class LogChannel:
    name = "log"
    is_for_people = True

    async def send(self, event: Event) -> None:
        _log.info(describe(event), release=fields_of(event))
