"""A floor that is declared but not tested is told."""

from __future__ import annotations

import pytest

from release_sampler import Release
from sampler_makers import days_ago, release, run


@pytest.mark.parametrize(
    ("floor", "reason"),
    [
        (
            release("1.2.0", files=("sdist",)),
            "no installable file (files: sdist), listing thing in sdists would allow it",
        ),
        (
            release("1.2.0", files=("sdist", "wheel-cp36")),
            "no Python (files: sdist, wheel-cp36), listing thing in sdists would allow it",
        ),
        (
            release("1.2.0", files=("wheel-windows",)),
            "no installable file (files: wheel-windows)",
        ),
        (release("1.2.0", requires_python="<3"), "no Python (Requires-Python <3)"),
        (release("1.2.0", yanked="bad", files=("sdist",)), "yanked: bad"),
        (release("1.2.0", uploaded=days_ago(1)), "cooling until 2026-11-23T06:00:00Z"),
        (
            release("1.2.0", problem="invalid upload-time"),
            "unreadable (invalid upload-time)",
        ),
    ],
)
def test_why_the_floor_is_not_tested(floor: Release, reason: str) -> None:
    sampling = run(["1.0", floor, "1.3.16", "2.0"], "thing>=1.2")
    told = f"the floor 1.2.0 is not tested: {reason}; the lowest tested is 1.3.16"
    assert sampling.notes == (told,)


@pytest.mark.parametrize(
    ("package", "releases"),
    [
        pytest.param("thing>=1.2", ["1.0", "1.2.1", "1.3"], id="tested"),
        pytest.param("thing", [release("0.1", files=("sdist",)), "1.3"], id="none declared"),
        pytest.param("thing<2,!=1.1", [release("1.0", yanked=True), "1.3"], id="an upper bound"),
        pytest.param("thing>=1.2", ["1.2", "1.2.post1", "1.3"], id="a post-release in its place"),
        pytest.param(
            "thing>=1.2",
            [release("1.2", yanked=True), "1.2.post1"],
            id="a post-release in the place of a yanked one",
        ),
        pytest.param("thing>=1.2", ["1.2.dev1", "1.2rc1", "1.2", "1.3"], id="before the final one"),
        pytest.param("thing>=1.2", ["1.2.dev1", "1.2b0", "1.3b0"], id="prereleases only"),
        pytest.param(
            "thing>=1.2",
            [Release("1.2_x", problem="not a PEP 440 version"), "1.2"],
            id="what is no version",
        ),
    ],
)
def test_no_note(package: str, releases: list[str | Release]) -> None:
    assert run(releases, package).notes == ()
