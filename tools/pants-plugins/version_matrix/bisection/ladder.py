"""The releases between two samples, by the snapshot. Pure."""

from __future__ import annotations

import json
from typing import Any, Mapping

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from version_matrix.bisection.course import Environment, Ladders
from version_matrix.bisection.members import requirements
from version_matrix.stanza.conditions import SuiteError, admits_minor, release_matches
from version_matrix.stanza.suite import Suite


def ladders(
    suite: Suite, snapshots: Mapping[str, str], good: Environment, bad: Environment, *, python: str
) -> Ladders:
    """The ladder of each member whose release differs between two ends, by its snapshot."""
    ends, required = dict(bad.releases), requirements(suite)
    return {
        member: ladder(
            snapshots.get(member, ""),
            required[member],
            release,
            ends[member],
            python=python,
            may_build=member in suite.sdists,
        )
        for member, release in good.releases
        if release != ends[member]
    }


def ladder(
    snapshot: str, requirement: str, good: str, bad: str, *, python: str, may_build: bool
) -> tuple[str, ...]:
    """The releases from the good one to the bad one, both included, in the order of versions.

    Of those between, only what can be tested: admitted by the requirement (PEP 508), not yanked, with
    a file that may be installed, for a Python (`3.12`); prereleases only where an end is one. Where
    the good one is the newer, the order is from new to old.
    """
    ends = {good: Version(good), bad: Version(bad)}
    low, high = sorted(ends.values())
    prereleases = any(end.is_prerelease for end in ends.values())
    specifier = str(Requirement(requirement).specifier)
    between = {}
    for release in map(json.loads, snapshot.splitlines()):
        version = _version(release.get("version", ""))
        if version is None or not low < version < high:
            continue
        if version.is_devrelease or (version.is_prerelease and not prereleases):
            continue
        if specifier and not release_matches(specifier, release["version"]):
            continue
        if _can_be_tested(release, python, may_build):
            between[version] = release["version"]
    ascending = [version for _, version in sorted(between.items())]
    steps = ascending if ends[good] < ends[bad] else ascending[::-1]
    return (good, *steps, bad)


def uploaded(snapshot: str, version: str) -> str:
    """When a release was uploaded, as the snapshot tells it; empty if it does not."""
    for release in map(json.loads, snapshot.splitlines()):
        if release.get("version") == version:
            return str(release.get("uploaded", ""))
    return ""


def _can_be_tested(release: Mapping[str, Any], python: str, may_build: bool) -> bool:
    if release.get("yanked") or release.get("problem"):
        return False
    kinds = set(release.get("files", ()))
    if "wheel" not in kinds and not (may_build and "sdist" in kinds):
        return False
    required = release.get("requires_python")
    if not required or not python[:1].isdigit():
        return True
    try:
        return admits_minor(required, python)
    except SuiteError:
        # Its files may say otherwise; the resolver reads them.
        return True


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
