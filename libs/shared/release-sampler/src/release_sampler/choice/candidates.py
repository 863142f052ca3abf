"""Which releases may be sampled at all, and for every other one the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import AbstractSet

from packaging.version import Version

from release_sampler.basis.installs import (
    describe_release,
    installs_on,
    is_installable,
    required_pythons,
)
from release_sampler.basis.model import QUARANTINED, Policy, Release, Snapshot, Suite
from release_sampler.basis.pythons import admits_python
from release_sampler.basis.specifiers import admits
from release_sampler.basis.times import days_after, format_time

#: How the verdict on a release begins that is too young; the time follows.
COOLING = "cooling until "


@dataclass(frozen=True)
class Candidates:
    """The releases that may be sampled, oldest first, and the verdicts on those that may not."""

    stable: tuple[Release, ...]
    prereleases: tuple[Release, ...]
    rejected: Mapping[str, str]


def find_candidates(
    suite: Suite,
    policy: Policy,
    snapshot: Snapshot,
    previous_samples: AbstractSet[str],
    as_of: datetime,
) -> Candidates:
    """Divide the releases of a snapshot into candidates and rejected ones.

    Where there are prereleases only, they take the place of stable releases, as PEP 440 recommends; not while
    a stable release is cooling, unless they were samples before it came.
    """
    admitted: list[Release] = []
    rejected: dict[str, str] = {}
    for release in snapshot.releases:
        sampled_before = release.version in previous_samples
        reason = reason_against(suite, policy, release, as_of, sampled_before)
        if snapshot.status.name == QUARANTINED:
            reason = str(snapshot.status)
        if reason is None:
            admitted.append(release)
        else:
            rejected[release.version] = reason
    admitted.sort(key=lambda release: release.parsed)
    replaced = _replaced_by_post_releases(admitted)
    rejected.update(replaced)
    remaining = tuple(release for release in admitted if release.version not in replaced)
    stable = tuple(release for release in remaining if not release.parsed.is_prerelease)
    cooling = [r for r in snapshot.releases if rejected.get(r.version, "").startswith(COOLING)]
    awaits_stable = not all(release.parsed.is_prerelease for release in cooling)
    stood_in = any(release.version in previous_samples for release in remaining)
    if not stable and (stood_in or not awaits_stable):
        return Candidates(remaining, (), rejected)
    prereleases = tuple(release for release in remaining if release.parsed.is_prerelease)
    return Candidates(stable, prereleases, rejected)


def admitted_pythons(suite: Suite, policy: Policy, release: Release) -> tuple[str, ...]:
    """The target Pythons (minors) that a release, its files and the suite allow, oldest first."""
    rules = python_rules_for(suite, release)
    return tuple(
        minor
        for minor in policy.minors
        if all(admits_python(rule, minor) for rule in rules)
        and installs_on(release, minor, policy.here, suite.may_build)
    )


def python_rules_for(suite: Suite, release: Release) -> tuple[str, ...]:
    """What the suite says of Python for a release; all of it applies together."""
    return tuple(
        specifier for versions, specifier in suite.python_rules if admits(versions, release.parsed)
    )


def reason_against(
    suite: Suite, policy: Policy, release: Release, as_of: datetime, sampled_before: bool = False
) -> str | None:
    """The verdict on a release that may not be sampled; None if it may."""
    uploaded = release.uploaded
    if uploaded is not None and uploaded > as_of and not sampled_before:
        return f"not there yet (uploaded {format_time(uploaded)})"
    if release.problem is not None:
        return f"unreadable ({release.problem})"
    if not admits(suite.specifiers, release.parsed):
        return "outside the specifier"
    if release.parsed.is_devrelease:
        return "dev"
    if release.yanked:
        return "yanked" if release.yanked is True else f"yanked: {release.yanked}"
    if not is_installable(release, policy.here, suite.may_build):
        return f"no installable file (files: {describe_release(release, policy.here)})"
    if not admitted_pythons(suite, policy, release):
        return f"no Python ({_python_limit(suite, policy, release)})"
    if release.uploaded is None or sampled_before:
        return None
    usable_from = days_after(release.uploaded, policy.cooldown_days)
    return f"{COOLING}{format_time(usable_from)}" if usable_from > as_of else None


def _python_limit(suite: Suite, policy: Policy, release: Release) -> str:
    if any(installs_on(release, minor, policy.here, suite.may_build) for minor in policy.minors):
        return "excluded by the suite"
    limits = required_pythons(release, policy.here, suite.may_build)
    admitted = [
        minor for minor in policy.minors if any(admits_python(limit, minor) for limit in limits)
    ]
    if not admitted:
        return f"Requires-Python {' or '.join(limits)}"
    return f"files: {describe_release(release, policy.here)}"


def _replaced_by_post_releases(releases: list[Release]) -> dict[str, str]:
    """Verdicts on those of the sorted releases that have a newer post-release."""
    newest = {_without_post(release.parsed): release.version for release in releases}
    replaced_by = {release.version: newest[_without_post(release.parsed)] for release in releases}
    return {
        version: f"superseded in its series by {replacement}"
        for version, replacement in replaced_by.items()
        if version != replacement
    }


def _without_post(version: Version) -> tuple[Version, object, str | None]:
    return (Version(version.base_version), version.pre, version.local)
