"""The whole course of a bisection: which member, which of its releases, and whether it is to blame. Pure.

A suite has members: its package, and the axes where it has any. Each is a name with a release, and so
each can be the one that is halved while the others stand still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import (
    AbstractSet,
    Callable,
    Generator,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from version_matrix.bisection import differences
from version_matrix.bisection.blame import Blame, blame
from version_matrix.bisection.differences import Delta, Pins
from version_matrix.bisection.first_bad import first_bad
from version_matrix.bisection.probes import Outcome, Probe, Search, Seen

Releases = Tuple[Tuple[str, str], ...]
"""Project -> release of each member, in order."""

Ladders = Mapping[str, Sequence[str]]
"""Member -> its releases from the good one to the bad one."""

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Environment:
    """An end of the search: the releases of the members, and the lock it was seen with."""

    releases: Releases
    lock: str
    failing_test: str = ""


@dataclass(frozen=True)
class Turn:
    """Where the releases of a member turn bad. `between` could not be had, so it may be one of them."""

    member: str
    good: str
    bad: str
    between: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The environments beside each other that make the difference, and what of them does.

    `turns` is empty where the members' releases are no part of it. `arrived` are the pins that the
    bad one has and the good one has not.
    """

    good: Environment
    bad: Environment
    turns: tuple[Turn, ...]
    blame: Blame[Delta]
    arrived: tuple[str, ...] = ()


def bisection(
    good: Environment,
    bad: Environment,
    ladders: Ladders,
    pins: Callable[[str], Pins],
) -> Search[Finding]:
    """From an environment that passes and one that fails.

    `ladders` has each member whose release differs; `pins` reads a lock.
    """
    if good.releases == bad.releases:
        return (yield from _of_pins(good, bad, (), pins))
    # The bad releases among the pins that pass: is it the releases at all?
    seen = yield Probe(bad.releases, f"{_told(bad.releases)} with the older pins", good.lock)
    if seen.outcome is Outcome.PASSED:
        return (yield from _of_both(good, bad, ladders, pins))
    kept = good.lock
    if seen.outcome is Outcome.FAILED:
        bad = _seen(bad.releases, seen)
    else:
        kept = bad.lock
        seen = yield Probe(good.releases, f"{_told(good.releases)} with the newer pins", kept)
        if seen.outcome is Outcome.FAILED:
            return (yield from _of_pins(good, _seen(good.releases, seen), (), pins))
        if seen.outcome is Outcome.PASSED:
            good = _seen(good.releases, seen)
    return (yield from _of_releases(good, bad, ladders, kept, pins))


def _of_releases(
    good: Environment,
    bad: Environment,
    ladders: Ladders,
    kept: str,
    pins: Callable[[str], Pins],
) -> Search[Finding]:
    """Which member turns bad, and where; then what of the two environments beside each other does."""
    found = yield from _answered(
        blame(differences.deltas(dict(good.releases), dict(bad.releases))),
        lambda some: _moved(good, some, kept),
    )
    every = frozenset((*found.guilty, *found.comes_along))
    if differences.releases(good.releases, every) != bad.releases:
        probe = _moved(good, every, kept)
        bad = _seen(probe.releases, (yield probe))
    turns: list[Turn] = []
    for delta in found.guilty:
        good, bad, turn = yield from _halved(delta, good, bad, ladders[delta.project], kept)
        turns += [turn] if turn else []
    return (yield from _of_pins(good, bad, tuple(turns), pins))


def _of_both(
    good: Environment,
    bad: Environment,
    ladders: Ladders,
    pins: Callable[[str], Pins],
) -> Search[Finding]:
    """What of ends far from each other does, where it is not the releases alone.

    A member that fails only together with a pin is halved beside that pin.
    """
    whole = yield from _of_pins(good, bad, (), pins)
    members = {name for name, _ in good.releases}
    moved = [delta for delta in whole.blame.guilty if delta.project in members]
    if not moved:
        return whole
    every = frozenset((*whole.blame.guilty, *whole.blame.comes_along))
    before, after = pins(good.lock), pins(bad.lock)
    probe = _mixed(good, before, after, every)
    bad = _seen(probe.releases, (yield probe))
    held = tuple(f"{d.project}=={d.bad}" for d in every if d.project not in members)
    turns: list[Turn] = []
    guilty = {delta.project: delta for delta in whole.blame.guilty}
    for delta in moved:
        ladder = ladders[delta.project]
        good, bad, turn = yield from _halved(delta, good, bad, ladder, bad.lock, held)
        if turn is None:
            del guilty[delta.project]
            continue
        turns.append(turn)
        guilty[delta.project] = Delta(delta.project, turn.good, turn.bad)
    blamed = Blame(tuple(guilty.values()), whole.blame.comes_along)
    arrived = differences.comings(pins(good.lock), pins(bad.lock))
    return Finding(good, bad, tuple(turns), blamed, arrived)


def _halved(
    delta: Delta,
    good: Environment,
    bad: Environment,
    ladder: Sequence[str],
    kept: str,
    held: tuple[str, ...] = (),
) -> Search[tuple[Environment, Environment, Optional[Turn]]]:
    """The neighbours between which a member turns bad, all else as it is at the bad end."""

    def probe(version: str, left: int) -> Probe:
        label = ", ".join((f"{delta.project} {version}", *(pin.replace("==", " ") for pin in held)))
        return Probe(_with(bad.releases, delta.project, version), label, kept, held, left)

    seen: dict[str, Seen] = {}
    start = probe(ladder[0], len(ladder) - 2)
    if held or start.releases != good.releases:
        seen[ladder[0]] = yield start
        if seen[ladder[0]].outcome is Outcome.FAILED:
            # Since another member has moved, it fails without this one.
            return good, _seen(start.releases, seen[ladder[0]]), None
        if seen[ladder[0]].outcome is Outcome.IMPOSSIBLE:
            return good, bad, Turn(delta.project, ladder[0], ladder[-1], tuple(ladder[1:-1]))
        good = _seen(start.releases, seen[ladder[0]])
    edge = yield from _answered(
        first_bad(ladder),
        lambda step: probe(*step),
        lambda step, told: seen.update({step[0]: told}),
    )
    if edge.good != ladder[0]:
        good = _seen(probe(edge.good, 0).releases, seen[edge.good])
    if edge.bad != ladder[-1]:
        bad = _seen(probe(edge.bad, 0).releases, seen[edge.bad])
    return good, bad, Turn(delta.project, edge.good, edge.bad, edge.between)


def _of_pins(
    good: Environment, bad: Environment, turns: tuple[Turn, ...], pins: Callable[[str], Pins]
) -> Search[Finding]:
    """What of two environments beside each other makes the difference."""
    before, after = pins(good.lock), pins(bad.lock)
    found = differences.deltas(before, after)
    blamed = yield from _answered(
        blame(found),
        lambda some: _mixed(good, before, after, some),
    )
    return Finding(good, bad, turns, blamed, differences.comings(before, after))


def _answered(
    search: Generator[_Question, Outcome, _Answer],
    probe: Callable[[_Question], Probe],
    note: Callable[[_Question, Seen], object] = lambda question, seen: None,
) -> Search[_Answer]:
    """Runs a search whose questions are asked as probes."""
    try:
        question = next(search)
        while True:
            seen = yield probe(question)
            note(question, seen)
            question = search.send(seen.outcome)
    except StopIteration as stop:
        answer: _Answer = stop.value
        return answer


def _mixed(good: Environment, before: Pins, after: Pins, some: AbstractSet[Delta]) -> Probe:
    return Probe(
        differences.releases(good.releases, some),
        "a mix with " + ", ".join(sorted(f"{each.project} {each.bad}" for each in some)),
        held=differences.held(before, after, some),
    )


def _moved(good: Environment, some: AbstractSet[Delta], kept: str) -> Probe:
    releases = differences.releases(good.releases, some)
    return Probe(releases, _told(releases), kept)


def _seen(releases: Releases, seen: Seen) -> Environment:
    return Environment(releases, seen.lock, seen.failing_test)


def _with(releases: Releases, member: str, version: str) -> Releases:
    return tuple((name, version if name == member else other) for name, other in releases)


def _told(releases: Releases) -> str:
    return ", ".join(f"{name} {version}" for name, version in releases)
