"""What is shared out: tests that go to one job together, and the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence


@dataclass(frozen=True)
class Unit:
    """Tests that run in one process, by their addresses, and how long they are taken to last.

    Units of one `family` share much of what they need, and so belong together.
    """

    addresses: tuple[str, ...]
    seconds: float
    family: str


@dataclass(frozen=True)
class Kind:
    """What jobs differ in beside their tests: the platform, and whether a failure holds up a change."""

    platform: str
    blocking: bool


@dataclass(frozen=True)
class Job:
    """Some units on one machine."""

    kind: Kind
    units: tuple[Unit, ...]

    @property
    def seconds(self) -> float:
        """How long it is taken to last."""
        return total(self.units)


def total(units: Sequence[Unit]) -> float:
    """The seconds of several units."""
    return sum(unit.seconds for unit in units)
