"""On which Pythons to test each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from release_sampler.basis.installs import required_pythons
from release_sampler.basis.model import Policy, Release, Suite
from release_sampler.basis.pythons import admits_python, by_age, released_before
from release_sampler.choice.candidates import admitted_pythons


@dataclass(frozen=True)
class Assignment:
    """Sample (version) -> Pythons (minors, oldest first), and why a target Python has no sample."""

    pythons: Mapping[str, tuple[str, ...]]
    uncovered: Mapping[str, str]


def assign_pythons(
    suite: Suite, policy: Policy, stable: Sequence[Release], prereleases: Sequence[Release]
) -> Assignment:
    """Give each sample the oldest and the newest Python it supports, and each Python a sample.

    Both sequences are the samples, oldest first. The newest stable one is also tried on the newest
    Python that it can be installed on, whatever its classifiers say.
    """
    admitted = {r.version: admitted_pythons(suite, policy, r) for r in (*stable, *prereleases)}
    supported = {r.version: _supported(r, admitted[r.version]) for r in (*stable, *prereleases)}
    chosen: dict[str, set[str]] = {
        version: {pythons[0], pythons[-1]} for version, pythons in supported.items()
    }
    latest = stable[-1].version
    chosen[latest].add(admitted[latest][-1])

    newest_first: list[str] = [r.version for r in (*reversed(stable), *reversed(prereleases))]
    uncovered: dict[str, str] = {}
    for minor in policy.minors:
        if any(minor in pythons for pythons in chosen.values()):
            continue
        home = next(
            (v for known in (supported, admitted) for v in newest_first if minor in known[v]), None
        )
        if home is None:
            uncovered[minor] = _why_uncovered(minor, suite, policy, (*stable, *prereleases))
        else:
            chosen[home].add(minor)
    return Assignment({version: by_age(minors) for version, minors in chosen.items()}, uncovered)


def _why_uncovered(minor: str, suite: Suite, policy: Policy, samples: Sequence[Release]) -> str:
    unlimited = replace(suite, python={})
    if any(minor in admitted_pythons(unlimited, policy, release) for release in samples):
        return f"excluded by the suite: its rules on Python leave no sample of {suite.name}"
    building = suite.with_sdist()
    if any(minor in admitted_pythons(building, policy, release) for release in samples):
        return f"no wheel for Python {minor}; listing {suite.name} in sdists would allow it"
    limits = (
        limit
        for release in samples
        for limit in required_pythons(release, policy.here, suite.may_build)
    )
    if any(admits_python(limit, minor) for limit in limits):
        return f"no wheel for Python {minor}"
    return f"no sample of {suite.name} admits Python {minor}"


def _supported(release: Release, admitted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the admitted Pythons that the release can be expected to know.

    Its classifiers say; without any, the Pythons that existed when it was uploaded. A release that knows
    none of the Pythons is tried on the oldest: better a red cell than a floor that nobody tests.
    """
    known = tuple(minor for minor in admitted if minor in (release.pythons or ()))
    if release.pythons:
        return known or admitted[:1]
    if release.uploaded is None:
        return admitted
    day = release.uploaded.date()
    return tuple(minor for minor in admitted if released_before(day, minor)) or admitted[:1]
