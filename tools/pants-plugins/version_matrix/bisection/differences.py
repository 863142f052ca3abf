"""In what two environments differ, and the mixes of them. Pure: pins in, pins out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import AbstractSet, Iterable, Mapping

Pins = Mapping[str, str]
"""Normalized project -> its release, of what one Python gets of a lock."""


@dataclass(frozen=True)
class Delta:
    """A project that both environments have, and its release in each."""

    project: str
    good: str
    bad: str

    def __str__(self) -> str:
        return f"{self.project} {self.good} -> {self.bad}"


def deltas(good: Pins, bad: Pins) -> tuple[Delta, ...]:
    """What both have in different releases, by name.

    What only one of them has is no difference of its own: it comes, or goes, with what needs it.
    """
    return tuple(
        Delta(project, good[project], bad[project])
        for project in sorted(set(good) & set(bad))
        if good[project] != bad[project]
    )


def comings(good: Pins, bad: Pins) -> tuple[str, ...]:
    """`foo 1.0` of each project that the bad environment alone has."""
    return tuple(f"{project} {bad[project]}" for project in sorted(set(bad) - set(good)))


def held(good: Pins, bad: Pins, chosen: AbstractSet[Delta]) -> tuple[str, ...]:
    """The pins of the mix that has these differences: all of the good environment but for them.

    They hold for whatever a resolver finds to be needed, and ask for nothing.
    """
    mixed = {**bad, **good, **{delta.project: delta.bad for delta in chosen}}
    return tuple(f"{project}=={version}" for project, version in sorted(mixed.items()))


def releases(
    members: Iterable[tuple[str, str]], chosen: AbstractSet[Delta]
) -> tuple[tuple[str, str], ...]:
    """The releases of the members in that mix, given those of the good environment."""
    moved = {delta.project: delta.bad for delta in chosen}
    return tuple((name, moved.get(name, version)) for name, version in members)
