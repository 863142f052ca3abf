"""What crosses the rules of selection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResultInputsRequest:
    """What results rest on beside code."""


@dataclass(frozen=True)
class ChangeRequest:
    """What git says of the change that the command line names."""


@dataclass(frozen=True)
class RemovedRequest:
    """What that change removed, of which somebody may miss it."""
