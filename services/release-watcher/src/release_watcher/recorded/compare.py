"""What is new on the index: a pure comparison of what was seen with what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from packaging.utils import canonicalize_version

from release_sampler import Release, Snapshot
from release_watcher.events import Kind


class State(StrEnum):
    """What was last known of a release."""

    AVAILABLE = "available"
    YANKED = "yanked"
    #: It could never be installed: metadata that cannot be read, or neither wheel nor sdist.
    UNUSABLE = "unusable"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Seen:
    """A release as it was last seen."""

    #: As the index writes it.
    version: str
    state: State
    #: How many polls in a row did not see it.
    missed: int = 0
    #: How often its state has changed.
    revision: int = 0


@dataclass(frozen=True)
class Change:
    """Something to remember about a release; with a `kind`, to tell as well."""

    version_key: str
    seen: Seen
    kind: Kind | None = None
    #: What the index says; None if it says nothing.
    release: Release | None = None


def compare(
    known: Mapping[str, Seen], snapshot: Snapshot, *, withdrawn_after: int
) -> tuple[Change, ...]:
    """What changed, in the order of the snapshot, then what is missing.

    `known` is by version key (`version_key`). A release is withdrawn once `withdrawn_after` polls in
    a row did not see it, so that one torn page of an index is no event.
    """
    there = {version_key(release.version): release for release in snapshot.releases}
    return (*_of_present(known, there), *_of_missing(known, there, withdrawn_after))


def version_key(version: str) -> str:
    """The same for all spellings: an index may come to write 1.0 as 1.0.0."""
    return canonicalize_version(version)


def kind_of(before: State | None, after: State) -> Kind | None:
    """What to call a transition; None where there is nothing to tell."""
    if after is State.AVAILABLE:
        return {
            None: Kind.RELEASED,
            State.UNUSABLE: Kind.RELEASED,
            State.YANKED: Kind.UNYANKED,
            State.WITHDRAWN: Kind.RESTORED,
        }.get(before)
    if after is State.YANKED and before is State.AVAILABLE:
        return Kind.YANKED
    if after is State.WITHDRAWN and before in (State.AVAILABLE, State.YANKED):
        return Kind.WITHDRAWN
    return None


def _of_present(known: Mapping[str, Seen], there: Mapping[str, Release]) -> Iterator[Change]:
    for key, release in there.items():
        before = known.get(key)
        after = _state(release)
        if after is State.UNUSABLE and before is not None:
            # Metadata that broke, or files that went, say nothing about the release: what was known
            # stays true.
            after = before.state
        if before is None:
            yield Change(key, Seen(release.version, after), kind_of(None, after), release)
        elif after is not before.state:
            seen = Seen(release.version, after, revision=before.revision + 1)
            yield Change(key, seen, kind_of(before.state, after), release)
        elif before.missed or before.version != release.version:
            yield Change(key, replace(before, version=release.version, missed=0))


def _of_missing(
    known: Mapping[str, Seen], there: Mapping[str, Release], withdrawn_after: int
) -> Iterator[Change]:
    for key, before in known.items():
        # What could never be installed is not missed: nothing is withdrawn.
        if key in there or before.state in (State.WITHDRAWN, State.UNUSABLE):
            continue
        seen = replace(before, missed=before.missed + 1)
        if seen.missed < withdrawn_after:
            yield Change(key, seen)
            continue
        gone = replace(seen, state=State.WITHDRAWN, missed=0, revision=before.revision + 1)
        yield Change(key, gone, kind_of(before.state, State.WITHDRAWN))


def _state(release: Release) -> State:
    if release.problem is not None or not release.files:
        return State.UNUSABLE
    return State.AVAILABLE if release.yanked is False else State.YANKED
