"""Which difference between two looks at the index is what event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_sampler import Release, Snapshot
from release_watcher.events import Kind
from release_watcher.recorded.compare import Seen, State, compare, kind_of

A, Y, U, W = State.AVAILABLE, State.YANKED, State.UNUSABLE, State.WITHDRAWN

_OBSERVED = {
    "available": Release("1.0", files=("wheel",)),
    "yanked": Release("1.0", yanked="broken", files=("wheel",)),
    "unreadable": Release("1.0", problem="invalid upload-time"),
    # An .exe, or an .egg.
    "no wheel": Release("1.0"),
    "missing": None,
}


@pytest.mark.parametrize(
    "before, after, kind",
    [
        (None, A, Kind.RELEASED),
        (None, Y, None),
        (None, U, None),
        (U, A, Kind.RELEASED),
        (U, Y, None),
        (A, Y, Kind.YANKED),
        (Y, A, Kind.UNYANKED),
        (A, W, Kind.WITHDRAWN),
        (Y, W, Kind.WITHDRAWN),
        (W, A, Kind.RESTORED),
        (W, Y, None),
    ],
)
def test_transitions(before: State | None, after: State, kind: Kind | None) -> None:
    assert kind_of(before, after) is kind


def look(known: dict[str, Seen], observed: str, withdrawn_after: int = 1) -> list[Kind]:
    """Compare, and remember as the store does; returns what is to be told."""
    release = _OBSERVED[observed]
    snapshot = Snapshot("thing", (release,) if release else ())
    changes = compare(known, snapshot, withdrawn_after=withdrawn_after)
    known.update({change.version_key: change.seen for change in changes})
    return [change.kind for change in changes if change.kind is not None]


def test_one_page_without_a_release_is_no_withdrawal() -> None:
    known: dict[str, Seen] = {}
    looks = ["available", "missing", "available", "missing", "missing", "missing", "available"]
    told = [look(known, observed, withdrawn_after=2) for observed in looks]
    assert told == [[Kind.RELEASED], [], [], [], [Kind.WITHDRAWN], [], [Kind.RESTORED]]


def test_metadata_that_breaks_and_is_mended_is_no_event() -> None:
    known: dict[str, Seen] = {}
    looks = ["available", "unreadable", "no wheel", "available", "yanked", "unreadable", "yanked"]
    told = [look(known, observed) for observed in looks]
    assert told == [[Kind.RELEASED], [], [], [], [Kind.YANKED], [], []]


@pytest.mark.parametrize("unusable", ["unreadable", "no wheel"])
def test_what_could_never_be_installed_is_told_when_it_can(unusable: str) -> None:
    """And is until then neither released, nor withdrawn, nor restored."""
    known: dict[str, Seen] = {}
    looks = [unusable, "missing", "missing", "available"]
    assert [look(known, observed) for observed in looks] == [[], [], [], [Kind.RELEASED]]


def test_a_spelling_that_grows_is_the_same_release() -> None:
    known = {"1": Seen("1.0", State.AVAILABLE)}
    (change,) = compare(
        known, Snapshot("thing", (Release("1.0.0", files=("wheel",)),)), withdrawn_after=1
    )
    assert (change.kind, change.version_key, change.seen.version) == (None, "1", "1.0.0")


@given(st.lists(st.sampled_from(sorted(_OBSERVED)), max_size=30), st.integers(1, 3))
def test_any_history(looks: list[str], withdrawn_after: int) -> None:
    """Looking twice tells nothing new; what is told alternates as it must; no key comes twice."""
    known: dict[str, Seen] = {}
    told: list[Kind] = []
    keys: list[tuple[Kind, int]] = []
    for observed in looks:
        for kind in look(known, observed, withdrawn_after):
            told.append(kind)
            keys.append((kind, known["1"].revision))
        if observed != "missing":
            assert look(known, observed, withdrawn_after) == []
    assert len(set(keys)) == len(keys)
    follows = {
        None: {Kind.RELEASED, Kind.UNYANKED, Kind.WITHDRAWN},
        Kind.RELEASED: {Kind.YANKED, Kind.WITHDRAWN},
        Kind.YANKED: {Kind.UNYANKED, Kind.WITHDRAWN},
        Kind.UNYANKED: {Kind.YANKED, Kind.WITHDRAWN},
        # Restored and yanked at once is nothing to tell; then it is un-yanked, or gone again.
        Kind.WITHDRAWN: {Kind.RESTORED, Kind.UNYANKED, Kind.WITHDRAWN},
        Kind.RESTORED: {Kind.YANKED, Kind.WITHDRAWN},
    }
    for before, after in zip([None, *told], told):
        assert after in follows[before]
