"""Where a search begins: which environments may be the good end of a cell that fails. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Mapping, Sequence

from packaging.version import Version

from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.lock_file import body, recorded_pythons
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS, Sample, lock_name


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
    versions = {*known, *(name.rpartition(".lock")[0] for name in committed if "-py" not in name)}
    for version in _in_order(versions, failing):
        sample = known.get(version)
        now = _lock_of(version, python, present)
        if version != failing and (now or sample is not None):
            yield End(version, version, now)
        before = _lock_of(version, python, committed)
        if before and body(before) != body(now):
            yield End(version, f"{version} with its committed lock", before)


def _in_order(samples: set[str], failing: str) -> Sequence[str]:
    """Those of which no release of the package is newer: the fewest members moved, the newest first."""
    if failing in OWN_FLOOR_TIERS:
        below = OWN_FLOOR_TIERS[: OWN_FLOOR_TIERS.index(failing) + 1]
        return [tier for tier in reversed(below) if tier in samples]
    releases = {name: _releases(name) for name in samples - {*OWN_FLOOR_TIERS}}
    ours = _releases(failing)

    def moved(name: str) -> int:
        return sum(ours.get(member) != release for member, release in releases[name].items())

    def newest(name: str) -> tuple[Version, ...]:
        return tuple(releases[name].values())

    older = [name for name in releases if releases[name][""] <= ours[""]]
    return sorted(sorted(older, key=newest, reverse=True), key=moved)


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
