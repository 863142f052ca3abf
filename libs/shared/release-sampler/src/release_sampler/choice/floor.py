"""The floor that a suite declares: what to tell where the matrix does not reach it."""

from __future__ import annotations

from datetime import datetime

from packaging.version import InvalidVersion, Version

from release_sampler.basis.model import Policy, Release, Snapshot, Suite
from release_sampler.basis.specifiers import admits
from release_sampler.choice.candidates import reason_against

_WITH_A_FLOOR = (">=", ">", "~=", "==", "===")


def untested_floor(
    suite: Suite, policy: Policy, snapshot: Snapshot, lowest: Release, as_of: datetime
) -> str | None:
    """Why the lowest release that a suite admits is not its `lowest` sample; None if it is.

    A suite without a lower bound declares no floor. Releases before the final one are none, unless they
    are all there is; and a post-release stands for its base.
    """
    if not any(specifier.operator in _WITH_A_FLOOR for specifier in suite.specifiers):
        return None
    floor = next(release for release in snapshot.releases if _may_be_floor(suite, release, lowest))
    if floor.parsed.base_version == lowest.parsed.base_version:
        return None
    reason = reason_against(suite, policy, floor, as_of)
    remedy = ""
    if reason_against(suite.with_sdist(), policy, floor, as_of) is None:
        remedy = f", listing {suite.name} in sdists would allow it"
    return (
        f"the floor {floor.version} is not tested: {reason}{remedy}; "
        f"the lowest tested is {lowest.version}"
    )


def _may_be_floor(suite: Suite, release: Release, lowest: Release) -> bool:
    try:
        version = Version(release.version)
    except InvalidVersion:
        return False
    if version.is_devrelease or (version.is_prerelease and not lowest.parsed.is_prerelease):
        return False
    return admits(suite.specifiers, version)
