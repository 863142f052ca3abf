"""A webhook of one's own that triggers the update: gets the event as JSON."""

from __future__ import annotations

from release_watcher.events import Event, fields_of
from release_watcher.told.post import Poster


class WebhookChannel:
    name = "webhook"
    is_for_people = False

    def __init__(self, url: str, token: str | None) -> None:
        self._poster = Poster(url, {"Authorization": f"Bearer {token}"} if token else None)

    async def send(self, event: Event) -> None:
        await self._poster.post(fields_of(event), {"Idempotency-Key": event.key})
