"""What a sender may say of a report, and is told of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Stored:
    """What a sender is told: the run's identity, and whether it was new here."""

    identity: str
    created: bool


class Covers(str, enum.Enum):
    """How much of the matrix a report is of, where that is not what it says itself.

    What one of `ALL` lacks has left the matrix; one of a `PART` tells nothing of what it lacks.
    """

    ALL = "all"
    PART = "part"


class LacksSuites(ValueError):
    """A report that lacks so much of the matrix that its sender has to say why."""
