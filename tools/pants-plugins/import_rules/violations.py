"""What a target depends on and may not, by all tables together.

Pure: tables and places in, violations out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Iterator

from import_rules.places import Place
from import_rules.rooms import Rooms
from import_rules.zones import Zones


@dataclass(frozen=True, order=True)
class Violation:
    """A dependency that no rule allows; `dependency` is `""` where `origin` itself is misplaced."""

    origin: str
    dependency: str
    rule: str

    def __str__(self) -> str:
        ends = f"{self.origin} -> {self.dependency}" if self.dependency else self.origin
        return f"{ends}: {self.rule}"


@dataclass(frozen=True)
class Tables:
    """All import rules of a repository."""

    zones: Zones = Zones()
    rooms: tuple[Rooms, ...] = ()

    def violations(self, origin: Place, dependencies: Iterable[Place]) -> tuple[Violation, ...]:
        """Checks every dependency of one target."""
        return tuple(self._violations(origin, dependencies))

    def _violations(self, origin: Place, dependencies: Iterable[Place]) -> Iterator[Violation]:
        # A target is of few packages, and the table may name many.
        rooms = [each for each in self.rooms if each.has(origin)]
        for misplaced in (self.zones.unknown(origin.folder), *(r.unknown(origin) for r in rooms)):
            if misplaced:
                yield Violation(origin.address, "", misplaced)
        for dependency in dependencies:
            broken = (
                self.zones.broken_rule(origin.folder, dependency.folder),
                *(each.broken_rule(origin, dependency) for each in rooms),
            )
            for rule in filter(None, broken):
                yield Violation(origin.address, dependency.address, rule)
