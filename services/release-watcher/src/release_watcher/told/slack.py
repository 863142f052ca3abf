"""Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/."""

from __future__ import annotations

from typing import Any

from release_watcher.events import Event, Kind, describe
from release_watcher.told.post import Poster

_SIGNS = {
    Kind.RELEASED: ":package:",
    Kind.YANKED: ":warning:",
    Kind.UNYANKED: ":leftwards_arrow_with_hook:",
    Kind.WITHDRAWN: ":x:",
    Kind.RESTORED: ":leftwards_arrow_with_hook:",
    Kind.GONE: ":x:",
    Kind.BACK: ":leftwards_arrow_with_hook:",
    Kind.CLAIMED: ":snake:",
    Kind.ENDED: ":hourglass:",
}


class SlackChannel:
    name = "slack"
    is_for_people = True

    def __init__(self, url: str) -> None:
        self._poster = Poster(url)

    async def send(self, event: Event) -> None:
        await self._poster.post(message(event), {"Idempotency-Key": event.key})


def message(event: Event) -> dict[str, Any]:
    """The body: a text, which is also what a notification shows, and the context below it."""
    text = f"{_SIGNS[event.kind]} {escaped(describe(event))}"
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    if event.requirements:
        watched = f"watched as {escaped(', '.join(event.requirements))}"[:2000]
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": watched}]})
    return {"text": text, "blocks": blocks}


def escaped(text: str) -> str:
    """Text of strangers: no link, no mention, no channel-wide notification."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
