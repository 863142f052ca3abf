"""Packages, suites and policies as hypothesis makes them up."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from packaging.version import Version

from release_sampler import Policy, Release, Snapshot, Suite, make_snapshot
from release_sampler.basis.model import DEFAULT_BREADTH, Breadth, FileGroup
from sampler_makers import days_ago, policy


class Situation(NamedTuple):
    """What `sample` is asked, but for the time."""

    suite: Suite
    policy: Policy
    snapshot: Snapshot
    previous: tuple[str, ...]


_versions = st.builds(
    lambda epoch, parts, suffix: f"{epoch}{'.'.join(map(str, parts))}{suffix}",
    st.sampled_from(["", "", "", "1!"]),
    st.lists(st.integers(0, 12), min_size=1, max_size=4),
    st.sampled_from(["", "", "", "", "a1", "rc2", ".post1", ".dev1", "+local"]),
)
releases = st.builds(
    Release,
    version=_versions.map(lambda text: str(Version(text))),
    uploaded=st.none() | st.integers(-9, 2500).map(days_ago),
    requires_python=st.sampled_from([None, ">=3.8", ">=3.9,<3.13", "<3.8.5", ">=3.12", "<3"]),
    pythons=st.sampled_from(
        [
            None,
            (),
            ("3.6",),
            ("3.8", "3.9"),
            ("3.10", "3.13"),
            ("3.8", "3.9", "3.10", "3.11", "3.12"),
        ]
    ),
    yanked=st.sampled_from([False, False, False, False, True, "reason"]),
    files=st.sampled_from([("sdist", "wheel"), ("wheel",), ("sdist",), ("wheel-cp39",)]),
    groups=st.sampled_from(
        [
            *[()] * 5,
            (
                FileGroup(("wheel-cp39",), ("manylinux_2_17_x86_64",), ">=3.9"),
                FileGroup(("wheel-cp310", "wheel-cp313"), ("manylinux_2_17_x86_64",), ">=3.10"),
                FileGroup(("wheel-cp312",), ("macosx_11_0_arm64",)),
            ),
            (FileGroup(("wheel-abi3-cp38",), ("musllinux_1_2_x86_64",)), FileGroup(("sdist",))),
        ]
    ),
)
#: Nothing speaks against these but their age: long lines of series, where gaps are.
_plain_releases = st.builds(
    Release,
    version=st.builds("{}.{}.{}".format, st.integers(1, 2), st.integers(0, 25), st.integers(0, 2)),
    uploaded=st.sampled_from([1, 400, 700, 2000]).map(days_ago),
    files=st.just(("wheel",)),
)


def _snapshot(of: list[Release]) -> Snapshot:
    return make_snapshot("thing", of)


def _distinct(of: st.SearchStrategy[Release]) -> st.SearchStrategy[list[Release]]:
    return st.lists(of, min_size=1, max_size=40, unique_by=lambda release: release.parsed)


snapshots = (_distinct(releases) | _distinct(_plain_releases)).map(_snapshot)
_policies = st.builds(
    policy,
    samples=st.integers(1, 9),
    cooldown_days=st.integers(0, 60),
    max_majors=st.integers(1, 4),
    breadth=st.sampled_from(
        [
            *[DEFAULT_BREADTH] * 3,
            {"*": Breadth.ALL},
            {"*": Breadth.ENDS},
            {"lowest": Breadth.ALL, "between": Breadth.ENDS_AND_SECOND},
        ]
    ),
)
_suites = st.builds(
    Suite,
    package=st.sampled_from(["thing", "thing>=1.2", "thing<9,!=3.*", "thing~=2.0"]),
    python=st.sampled_from([{}, {}, {"*": ">=3.9"}, {"<2": "<3.11", ">=2": ">=3.9"}]),
    sdists=st.sampled_from([frozenset[str](), frozenset({"thing"})]),
    max_majors=st.sampled_from([None, None, None, 1, 2, 9]),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    snapshot = draw(snapshots)
    versions = [release.version for release in snapshot.releases]
    previous = draw(st.lists(st.sampled_from(versions), max_size=8, unique=True))
    return Situation(draw(_suites), draw(_policies), snapshot, tuple(previous))


@st.composite
def grown_lines(draw: st.DrawFn) -> Situation:
    """A major of many series, and what was sampled while there were fewer."""
    versions = [f"1.{minor}" for minor in range(draw(st.integers(8, 60)))]
    snapshot = _snapshot([Release(version, files=("wheel",)) for version in versions])
    then = st.sampled_from(versions[: draw(st.integers(3, len(versions)))])
    previous = draw(st.lists(then, min_size=3, max_size=8, unique=True))
    return Situation(Suite("thing"), policy(draw(st.integers(2, 8))), snapshot, tuple(previous))
