"""News of Pythons, by release-sampler's own rules: pure, from what packages claim and what is tested on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from release_sampler import Release, ended_pythons, make_snapshot, new_pythons
from release_watcher.events import Event, Kind

#: The name of the package in events of a Python.
PYTHON = "python"
#: How many packages claim a Python, in words of a key: each is told once, and none after a later one.
_STAGES = ("some", "half", "all")


def python_events(
    claims: Mapping[str, Collection[str]],
    targets: Collection[str],
    told: Collection[str],
    now: datetime,
) -> tuple[Event, ...]:
    """What is to be told now of Pythons.

    Args:
        claims: package -> the Pythons that it says it supports.
        targets: the Pythons that are tested on; without any there is no news.
        told: the keys of what was told already.
    """
    if not targets:
        return ()
    found = (*_claimed(claims, targets, told, now), *_ended(targets, now))
    return tuple(event for event in found if event.key not in told)


def _claimed(
    claims: Mapping[str, Collection[str]],
    targets: Collection[str],
    told: Collection[str],
    now: datetime,
) -> Iterator[Event]:
    snapshots = [
        make_snapshot(name, [Release("0", pythons=tuple(pythons))] if pythons else [])
        for name, pythons in claims.items()
    ]
    for new in new_pythons(snapshots, targets):
        keys = [f"{PYTHON}/{new.python}/claimed/{stage}" for stage in _STAGES]
        reached = _stage(len(new.packages), new.of)
        if not set(keys[reached:]).isdisjoint(told):
            continue
        count = str(new).partition(": ")[2]
        yield _event(keys[reached], new.python, Kind.CLAIMED, f"{count} claim to support it", now)


def _stage(count: int, of: int) -> int:
    return 2 if count == of else 1 if 2 * count >= of else 0


def _ended(targets: Iterable[str], now: datetime) -> Iterator[Event]:
    for end in ended_pythons(targets, now.date()):
        reason = str(end).partition(": ")[2]
        yield _event(f"{PYTHON}/{end.python}/ended", end.python, Kind.ENDED, reason, now)


def _event(key: str, python: str, kind: Kind, reason: str, now: datetime) -> Event:
    return Event(key, PYTHON, python, kind, requirements=(), detected_at=now, reason=reason)
