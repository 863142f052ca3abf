"""Where a search begins: which environments may be the good end of a cell that fails. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import AbstractSet, Iterator, Mapping, Sequence

from packaging.version import Version

from version_matrix.bisection.course import Environment
from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.lock_file import body, recorded_pythons
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS, Sample, lock_name, locked_sample


@dataclass(frozen=True)
class End:
    """A release and a lock for it; without one it is made on the fly. `name` is for messages."""

    version: str
    name: str
    lock: str = ""


def good_ends(
    samples: Sequence[Sample],
    *,
    failing: str,
    python: str,
    present: Mapping[str, str],
    committed: Mapping[str, str],
) -> Iterator[End]:
    """The ends to be tried for a cell of the release `failing`, the nearest first.

    These are its own lock as it is committed, where that is another one, and then the samples below
    it, each as it lies there and as it is committed. `present` and `committed` are locks by their names.
    """
    known = {sample.version: sample for sample in samples}
    versions = {*known, *map(locked_sample, committed)}
    for version in _in_order(versions, failing):
        sample = known.get(version)
        now = _lock_of(version, python, present)
        if version != failing and (now or sample is not None):
            yield End(version, version, now)
        before = _lock_of(version, python, committed)
        if before and body(before) != body(now):
            yield End(version, f"{version} with its committed lock", before)


def nearest_of(failing: Sequence[Environment], good: Environment, bad: Environment) -> Environment:
    """The last of some environments that fail on the way from the good one to the bad; else the bad.

    One of other packages' releases is beside that way, and may fail for another reason.
    """
    ends = dict(good.releases), dict(bad.releases)
    on_the_way = [
        each
        for each in failing
        if all(
            _is_between(release, *(end[member] for end in ends))
            for member, release in each.releases
        )
    ]
    return on_the_way[-1] if on_the_way else bad


def _is_between(release: str, one: str, other: str) -> bool:
    return sorted(map(Version, (one, release, other)))[1] == Version(release)


def _in_order(samples: AbstractSet[str], failing: str) -> Sequence[str]:
    """Those of which no release of the package is newer.

    Of combinations those in which nothing is newer come first, and of them those that differ in the
    fewest packages. What had other axes when it was committed is none of them.
    """
    if failing in OWN_FLOOR_TIERS:
        below = OWN_FLOOR_TIERS[: OWN_FLOOR_TIERS.index(failing) + 1]
        return [tier for tier in reversed(below) if tier in samples]
    ours = _releases(failing)
    named = {name: _releases(name) for name in samples - {*OWN_FLOOR_TIERS}}
    releases = {name: found for name, found in named.items() if found.keys() == ours.keys()}

    def distance(name: str) -> tuple[bool, int]:
        of_each = releases[name].items()
        return (
            any(release > ours[member] for member, release in of_each),
            sum(release != ours[member] for member, release in of_each),
        )

    def newest(name: str) -> tuple[Version, ...]:
        return tuple(releases[name].values())

    older = [name for name in releases if releases[name][""] <= ours[""]]
    return sorted(sorted(older, key=newest, reverse=True), key=distance)


def _releases(name: str) -> dict[str, Version]:
    """The release of the package, and of each axis by its name, of a sample."""
    partners = {member: Version(release) for member, release in axes_of(name).items()}
    return {"": Version(release_of(name)), **partners}


def _lock_of(version: str, python: str, locks: Mapping[str, str]) -> str:
    """The lock of a sample that holds for a Python; empty if none does."""
    for name in (lock_name(version, python), lock_name(version)):
        text = locks.get(name, "")
        if python in recorded_pythons(text):
            return text
    return ""
