"""In which direction the modules of one package may use one another, by its folders.

Pure: a table and places in, rules in words out.
"""

from __future__ import annotations

from dataclasses import dataclass

from import_rules.places import Place, is_within

OPTION = "[import-rules].rooms"


@dataclass(frozen=True)
class Rooms:
    """The rooms of a package: folders or modules directly below its own.

    The modules of the package's own folder that are no room by name come last: they may use all,
    and no room may use them.

    Attributes:
        package: its folder, relative to the root of the repository.
        order: each may use those before it, and itself.
        beside: outside of the order; all may use them, and they may use all.
    """

    package: str
    order: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def has(self, place: Place) -> bool:
        """Whether a place is in the package."""
        return is_within(place.folder, self.package)

    def unknown(self, place: Place) -> str | None:
        """What is wrong with a folder of the package that is no room."""
        if not self.has(place):
            return None
        room = self._room_of(place)
        if not room or room in (*self.order, *self.beside):
            return None
        known = ", ".join((*self.order, *self.beside))
        return (
            f"{room} is no room of {self.package} ({known}): move it, or add it to "
            f'`{OPTION}."{self.package}"`'
        )

    def broken_rule(self, origin: Place, dependency: Place) -> str | None:
        """The rule that a dependency inside the package breaks, in words, or None."""
        if not (self.has(origin) and self.has(dependency)):
            return None
        if dependency.comes_with(origin):
            return None
        own, used = self._room_of(origin), self._room_of(dependency)
        if not own or own == used or {own, used} & set(self.beside):
            return None
        if not used:
            return (
                f"{own} may not use what lies in {self.package} itself, which comes after all of "
                "its rooms"
            )
        if used not in self.order:
            return self.unknown(dependency)
        if own in self.order and self.order.index(used) < self.order.index(own):
            return None
        return (
            f"{own} may not use {used}: in {self.package} the order is {', '.join(self.order)}, "
            "and each may use those before it"
        )

    def _room_of(self, place: Place) -> str:
        """The name of the room, `""` for what lies in the package's own folder and is none."""
        below = place.folder[len(self.package) :].lstrip("/")
        if below:
            return below.partition("/")[0]
        return place.file if place.file in (*self.order, *self.beside) else ""
