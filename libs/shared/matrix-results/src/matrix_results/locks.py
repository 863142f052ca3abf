"""Locks: what their digests stand for, and what differs between two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Mapping, Set, Tuple

_PIN = re.compile(r"\s*(?P<project>[^=\s;]+)\s*==\s*(?P<pinned>.*)", re.DOTALL)


@dataclass(frozen=True, order=True)
class PinChange:
    """A project whose pins differ: what only the one lock has, and what only the other.

    Several pins of a project have markers that keep them apart. Either side may be empty.
    """

    project: str
    before: Tuple[str, ...]
    after: Tuple[str, ...]


def lock_changes(before: Iterable[str], after: Iterable[str]) -> Tuple[PinChange, ...]:
    """What differs between the pins of two locks, a change for each project, by name.

    >>> lock_changes(["anyio==4.5.2", "idna==3.10"], ["anyio==4.6.0", "idna==3.10"])
    (PinChange(project='anyio', before=('4.5.2',), after=('4.6.0',)),)
    """
    old, new = _by_project(before), _by_project(after)
    return tuple(
        PinChange(project, tuple(sorted(gone)), tuple(sorted(come)))
        for project in sorted({*old, *new})
        for gone in [old.get(project, set()) - new.get(project, set())]
        for come in [new.get(project, set()) - old.get(project, set())]
        if gone or come
    )


def known_locks(
    digests: Iterable[str], locks: Mapping[str, Tuple[str, ...]]
) -> Dict[str, Tuple[str, ...]]:
    """The part of `locks` (digest -> pins) that these digests name, in order."""
    return {digest: locks[digest] for digest in sorted(set(digests)) if digest in locks}


def _by_project(pins: Iterable[str]) -> Dict[str, Set[str]]:
    found: Dict[str, Set[str]] = {}
    for pin in pins:
        match = _PIN.match(pin)
        project, pinned = (match["project"], match["pinned"]) if match else (pin, "")
        found.setdefault(project, set()).add(pinned.strip())
    return found
