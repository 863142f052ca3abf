"""Where a search begins: which environments may be the good end of a cell that fails. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Mapping, Sequence

from version_matrix.bisection.ladder import nearest_first
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


def _in_order(versions: set[str], failing: str) -> Sequence[str]:
    if failing in OWN_FLOOR_TIERS:
        below = OWN_FLOOR_TIERS[: OWN_FLOOR_TIERS.index(failing) + 1]
        return [tier for tier in reversed(below) if tier in versions]
    return nearest_first(sorted(versions - {*OWN_FLOOR_TIERS}), failing)


def _lock_of(version: str, python: str, locks: Mapping[str, str]) -> str:
    """The lock of a sample that holds for a Python; empty if none does."""
    for name in (lock_name(version, python), lock_name(version)):
        text = locks.get(name, "")
        if python in recorded_pythons(text):
            return text
    return ""
