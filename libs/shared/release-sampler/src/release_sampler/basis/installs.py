"""Whether a release can be installed: what its files say together, on a Python and a platform."""

from __future__ import annotations

from functools import lru_cache

from release_sampler.basis.files import describe_files, is_for_other_systems, kind_installs_on
from release_sampler.basis.model import FileGroup, Release
from release_sampler.basis.platforms import Platform
from release_sampler.basis.pythons import admits_python


def installs_on(release: Release, minor: str, platform: Platform, may_build: bool) -> bool:
    """Whether a file of the release can be installed there; `Requires-Python` counts file by file."""
    return _installs_on(_groups(release), minor, platform, may_build)


def is_installable(release: Release, platform: Platform, may_build: bool) -> bool:
    """Whether a file of the release can be installed on the platform at all, on some Python."""
    return any(
        may_build if kind == "sdist" else not is_for_other_systems(kind)
        for group in _groups(release)
        if _fits(group, platform)
        for kind in group.kinds
    )


def required_pythons(release: Release, platform: Platform, may_build: bool) -> tuple[str, ...]:
    """Each `Requires-Python` of the files that can be installed on the platform; "" for none."""
    limits = {
        group.requires_python or "": None
        for group in _groups(release)
        if _fits(group, platform)
        and any(
            may_build if kind == "sdist" else not is_for_other_systems(kind) for kind in group.kinds
        )
    }
    return tuple(limits)


def describe_release(release: Release, platform: Platform) -> str:
    """The files of a release for a person, with their platforms where these are what is wrong."""
    elsewhere = sorted(
        {
            tag
            for group in release.groups
            if not _fits(group, platform)
            for tag in group.platforms
            if not tag.startswith("macosx_")
        }
    )
    files = describe_files(release.files)
    return f"{files}, of which for Linux: {', '.join(elsewhere)}" if elsewhere else files


@lru_cache(maxsize=65536)
def _installs_on(
    groups: tuple[FileGroup, ...], minor: str, platform: Platform, may_build: bool
) -> bool:
    return any(
        admits_python(group.requires_python or "", minor)
        and _fits(group, platform)
        and any(kind_installs_on(kind, minor, may_build) for kind in group.kinds)
        for group in groups
    )


def _groups(release: Release) -> tuple[FileGroup, ...]:
    """The files of a release; all are alike if the snapshot does not tell them apart."""
    if not release.groups:
        return (FileGroup(release.files, requires_python=release.requires_python),)
    if "sdist" in release.files and not any("sdist" in group.kinds for group in release.groups):
        sdist = FileGroup(("sdist",), requires_python=release.requires_python)
        return (*release.groups, sdist)
    return release.groups


@lru_cache(maxsize=4096)
def _fits(group: FileGroup, platform: Platform) -> bool:
    return any(platform.accepts(tag) for tag in group.platforms)
