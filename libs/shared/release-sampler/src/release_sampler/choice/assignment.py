"""On which Pythons to test each sample, and why (not) on each of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from release_sampler.basis.installs import installs_on, required_pythons
from release_sampler.basis.model import Breadth, Policy, Release, Suite, Tier
from release_sampler.basis.pythons import (
    Build,
    admits_python,
    build_of,
    by_age,
    released_before,
)
from release_sampler.choice.candidates import admitted_pythons, python_rules_for


@dataclass(frozen=True)
class Assignment:
    """On which Pythons (minors, oldest first) each sample (version) is tested, and why."""

    pythons: Mapping[str, tuple[str, ...]]
    #: Those of the Pythons that the release does not claim to support.
    trials: Mapping[str, tuple[str, ...]]
    #: Sample -> target Python -> why it is tested there, or why not.
    verdicts: Mapping[str, Mapping[str, str]]
    #: Target Python -> why no sample covers it.
    uncovered: Mapping[str, str]


@dataclass(frozen=True)
class Able:
    """On which Pythons a sample, or a combination of releases, can be tested."""

    #: Where it can be installed.
    admitted: tuple[str, ...]
    #: Of those, what it claims to support.
    claimed: tuple[str, ...]

    @property
    def supported(self) -> tuple[str, ...]:
        """What it is expected to know. A release that claims none of the Pythons is tried on the oldest:
        better a red cell than a floor that nobody tests."""
        return self.claimed or _usual(self.admitted)[:1] or self.admitted[:1]


def assign_pythons(
    suite: Suite,
    policy: Policy,
    stable: Sequence[Release],
    prereleases: Sequence[Release],
    tiers: Mapping[str, Tier],
) -> Assignment:
    """Give each sample the Pythons of its tier, and each Python a sample.

    Both sequences are the samples, oldest first. The newest stable one is also tried on the newest
    Python that it can be installed on, whatever it claims; builds beside the usual one are only tried where
    nothing else covers them.
    """
    samples = (*stable, *prereleases)
    newest_first = {r.version: r for r in (*reversed(stable), *reversed(prereleases))}
    able = {version: able_on(suite, policy, r) for version, r in newest_first.items()}
    breadths = {version: policy.breadth(tiers[version]) for version in newest_first}
    breadths[stable[-1].version] = policy.breadth(Tier.LATEST)
    chosen, homeless = spread(policy.minors, able, breadths)
    return Assignment(
        pythons={version: by_age(reasons) for version, reasons in chosen.items()},
        trials={
            version: by_age(set(reasons) - set(able[version].claimed))
            for version, reasons in chosen.items()
        },
        verdicts={
            version: {
                minor: _verdict(suite, policy, newest_first[version], able[version], reasons, minor)
                for minor in policy.minors
            }
            for version, reasons in chosen.items()
        },
        uncovered={minor: _why_uncovered(minor, suite, policy, samples) for minor in homeless},
    )


def spread(
    targets: Sequence[str], able: Mapping[str, Able], breadths: Mapping[str, Breadth]
) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Name -> Python -> why it is tested there; and the targets that nothing can be tested on.

    The names come newest first, and the first is also tried on the newest Python it admits.
    """
    chosen = {name: _by_breadth(one, breadths[name]) for name, one in able.items()}
    first = next(iter(able))
    newest = (_usual(able[first].admitted) or able[first].admitted)[-1]
    chosen[first].setdefault(newest, "the newest that it admits")
    homeless = []
    for minor in targets:
        if any(minor in pythons for pythons in chosen.values()):
            continue
        homes = [name for name in able if minor in able[name].supported]
        homes += [name for name in able if minor in able[name].admitted]
        if homes:
            chosen[homes[0]][minor] = "covered by no other sample"
        else:
            homeless.append(minor)
    return chosen, tuple(homeless)


def able_on(suite: Suite, policy: Policy, release: Release) -> Able:
    """On which Pythons a release can be tested."""
    admitted = admitted_pythons(suite, policy, release)
    return Able(admitted, _claimed(release, _usual(admitted)))


def _claimed(release: Release, admitted: tuple[str, ...]) -> tuple[str, ...]:
    """What the classifiers name; without any, the Pythons that existed when it was uploaded."""
    if release.pythons:
        return tuple(minor for minor in admitted if minor in release.pythons)
    if release.uploaded is None:
        return admitted
    day = release.uploaded.date()
    return tuple(minor for minor in admitted if released_before(day, minor))


def _usual(minors: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(minor for minor in minors if build_of(minor)[0] is Build.USUAL)


def _by_breadth(sample: Able, breadth: Breadth) -> dict[str, str]:
    """Python -> why it is tested there: the ends, and what lies between as far as the policy says."""
    supported = sample.supported
    chosen: dict[str, str] = {}
    if breadth is Breadth.ALL:
        chosen.update({minor: "every one that it supports" for minor in supported})
    if breadth is Breadth.ENDS_AND_SECOND:
        chosen.update({minor: "the second newest that it supports" for minor in supported[-2:-1]})
    chosen[supported[-1]] = "the newest that it supports"
    chosen[supported[0]] = "the oldest that it supports"
    if len(supported) == 1:
        chosen[supported[0]] = "the only one that it supports"
    if not sample.claimed:
        chosen[supported[0]] = "the oldest that it admits"
    return chosen


def _verdict(
    suite: Suite,
    policy: Policy,
    release: Release,
    sample: Able,
    reasons: Mapping[str, str],
    minor: str,
) -> str:
    if minor in reasons:
        return reasons[minor] if minor in sample.claimed else f"trial ({reasons[minor]})"
    if minor not in sample.admitted:
        return _why_not(suite, policy, release, minor)
    if build_of(minor)[0] is not Build.USUAL:
        return "not needed (another sample covers it)"
    if minor in sample.claimed:
        return f"not needed (between {sample.supported[0]} and {sample.supported[-1]})"
    if release.pythons:
        return f"not named by its classifiers ({', '.join(release.pythons)})"
    return "newer than the release, which has no classifiers"


def _why_not(suite: Suite, policy: Policy, release: Release, minor: str) -> str:
    """Why a release cannot be tested on a Python."""
    limits = required_pythons(release, policy.here, suite.may_build)
    if not any(admits_python(limit, minor) for limit in limits):
        return f"Requires-Python {' or '.join(limits)}"
    if not installs_on(release, minor, policy.here, suite.may_build):
        building = installs_on(release, minor, policy.here, may_build=True)
        remedy = f"; listing {suite.name} in sdists would allow it" if building else ""
        return f"no wheel for Python {minor}{remedy}"
    rules = python_rules_for(suite, release)
    excluding = next(rule for rule in rules if not admits_python(rule, minor))
    return f"excluded by the suite ({excluding})"


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
