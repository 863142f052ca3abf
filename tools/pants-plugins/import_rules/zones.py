"""Which part of the repository may depend on which, by paths alone: a new service or library has
nothing to declare.

Pure: a table and places in, rules in words out.
"""

from __future__ import annotations

from dataclasses import dataclass

from import_rules.places import matching_part, precision

OPTION = "[import-rules].zones"


@dataclass(frozen=True)
class Zone:
    """A part of the repository and who may depend on it.

    Attributes:
        pattern: the folder, relative to the root; `*` stands for one name, and makes each folder
            that matches a zone of its own.
        dependents: patterns of the zones that may depend on it, besides itself; None is all.
    """

    pattern: str
    dependents: tuple[str, ...] | None


@dataclass(frozen=True)
class Zones:
    """The whole table; without a zone in it, it says nothing about any folder.

    Attributes:
        zones: of those that match a folder, the most precise is its zone.
        outside: patterns of zones that may depend on everything, and nothing on them.
        exceptions: pattern of a zone -> patterns of the folders in other zones that it may depend
            on all the same.
    """

    zones: tuple[Zone, ...] = ()
    outside: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def unknown(self, folder: str) -> str | None:
        """What is wrong with a folder that is in no zone; the root, which holds no code, is right."""
        if not self.zones or not folder or self._zone_of(folder):
            return None
        known = ", ".join((*(zone.pattern for zone in self.zones), *self.outside))
        return (
            f"{folder} is in no zone of the import rules ({known}): move it, or add its zone to "
            f"`{OPTION}`"
        )

    def broken_rule(self, folder: str, dependency: str) -> str | None:
        """The rule that a dependency of one folder on another breaks, in words, or None."""
        if not self.zones or not dependency:
            return None
        found = self._zone_of(dependency)
        if found is None:
            return self.unknown(dependency)
        zone, place = found
        own, own_place = self._zone_of(folder) or (None, "")
        if zone.dependents is None or place == own_place:
            return None
        if own is not None:
            if own.pattern in zone.dependents:
                return None
            if own.pattern in self.outside and zone.pattern not in self.outside:
                return None
            if any(matching_part(each, dependency) for each in self._excepted(own.pattern)):
                return None
        others = f"{', '.join(zone.dependents)} and " if zone.dependents else ""
        return f"only {others}{place} itself may depend on {place}"

    def _zone_of(self, folder: str) -> tuple[Zone, str] | None:
        """The zone of a folder, and the folder at or above it that is the zone."""
        everything = (*self.zones, *(Zone(pattern, ()) for pattern in self.outside))
        matching = [
            (precision(zone.pattern), zone, place)
            for zone in everything
            for place in [matching_part(zone.pattern, folder)]
            if place
        ]
        if not matching:
            return None
        _, zone, place = max(matching, key=lambda each: each[0])
        return zone, place

    def _excepted(self, zone: str) -> tuple[str, ...]:
        return dict(self.exceptions).get(zone, ())
