"""Locks as text: pip requirements with hashes, of a sample or of a resolve. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Mapping, Optional, Set, Tuple

from packaging.utils import canonicalize_name

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*(?P<version>[^\s;\\]+)",
    re.MULTILINE,
)
_LINE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._ -]*\])?==[A-Za-z0-9.!+_-]+"
    r"(?: *; *[A-Za-z0-9_ .<>=!'\"()*-]+?)? *\\?"
    r"| +--hash=sha256:[0-9a-f]{64} *\\?"
)


@dataclass(frozen=True, order=True)
class PinMove:
    """A project whose pins differ between two states of some locks; either side may be empty."""

    project: str
    before: Tuple[str, ...]
    after: Tuple[str, ...]
    locks: Tuple[str, ...]


def pins(lock: str) -> Dict[str, Tuple[str, ...]]:
    """Normalized project -> the versions that a lock pins, several where markers tell them apart."""
    found: Dict[str, Set[str]] = {}
    for match in _PIN.finditer(lock):
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return {name: tuple(sorted(versions)) for name, versions in sorted(found.items())}


def body(lock: str) -> str:
    """A lock without its comments: all that an environment is made of."""
    return "".join(
        line
        for line in lock.splitlines(keepends=True)
        if line.strip() and not line.lstrip().startswith("#")
    )


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> Tuple[PinMove, ...]:
    """What moved in the locks (name -> text) that both states have, a line for each such move."""
    found: Dict[Tuple[str, Tuple[str, ...], Tuple[str, ...]], Tuple[str, ...]] = {}
    for name in sorted(set(before) & set(after)):
        old, new = pins(before[name]), pins(after[name])
        for project in sorted({*old, *new}):
            gone = tuple(sorted(set(old.get(project, ())) - set(new.get(project, ()))))
            come = tuple(sorted(set(new.get(project, ())) - set(old.get(project, ()))))
            if gone or come:
                key = project, gone, come
                found[key] = (*found.get(key, ()), name)
    return tuple(sorted(PinMove(*key, names) for key, names in found.items()))


def all_pins(texts: Iterable[str]) -> Tuple[Tuple[str, str], ...]:
    """Every project and version that any of some locks pins, sorted."""
    return tuple(
        sorted(
            {
                (project, version)
                for text in texts
                for project, versions in pins(text).items()
                for version in versions
            }
        )
    )


def strange_line(lock: str, known: str = "") -> Optional[str]:
    """The first line of a lock that is neither a pin, nor a hash, nor a comment.

    What the `known` lock has already was reviewed: an archive of a fork, for instance. An option,
    such as another index, is never known.
    """
    reviewed = {line for line in known.splitlines() if not line.lstrip().startswith("-")}
    for line in lock.splitlines():
        if not line.strip() or line.lstrip().startswith("#") or _LINE.fullmatch(line):
            continue
        if line not in reviewed:
            return line
    return None
