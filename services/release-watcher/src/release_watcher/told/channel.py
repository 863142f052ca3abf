"""What all channels have in common."""

from __future__ import annotations

from typing import Protocol

from release_watcher.events import Event


class DeliveryFailed(Exception):
    """A channel did not get an event: why, in one line without secrets."""


class Channel(Protocol):
    """Takes events, one at a time. Returning means that the event has arrived."""

    @property
    def name(self) -> str:
        """Under which deliveries are recorded."""

    @property
    def is_for_people(self) -> bool:
        """Whether it gets what starts no update, too."""

    async def send(self, event: Event) -> None:
        """Deliver, in bounded time; raises `DeliveryFailed`."""
