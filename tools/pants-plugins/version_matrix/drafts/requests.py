"""What crosses the rules of drafts: a file, and what its reader tells of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadoutRequest:
    """A file of the repository; of the plugins of tox that are named none is waited for."""

    path: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Readout:
    """What a reader told, as JSON; or why nothing can be drafted of the file."""

    told: bytes | None = None
    error: str | None = None
