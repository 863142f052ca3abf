"""What a sample is called: a release, or of a suite with axes one release of each package.

`3.16.0` is djangorestframework's, and `3.16.0@django=5.2.1` the same with a release of an axis. The name
stands in addresses, in the names of locks and wherever a sample is told of. Pure.
"""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from packaging.version import VERSION_PATTERN

_RELEASE = re.compile(VERSION_PATTERN, re.VERBOSE | re.IGNORECASE)
_PROJECT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def spelled(version: str, axes: Mapping[str, str]) -> str:
    """The name of a release of the package, with a release of each axis (normalized names)."""
    partners = ",".join(f"{project}={axes[project]}" for project in sorted(axes))
    return f"{version}@{partners}" if partners else version


def spelled_of(version: str, pins: Iterable[str]) -> str:
    """The same from pins of the axes: `django==5.2.1`."""
    return spelled(version, dict(pin.split("==") for pin in pins))


def release_of(name: str) -> str:
    """The release of the package itself: `3.16.0`."""
    return name.partition("@")[0]


def axes_of(name: str) -> dict[str, str]:
    """Axis -> its release; empty where there are no axes."""
    partners = name.partition("@")[2]
    return dict(_pair(part) for part in partners.split(",")) if partners else {}


def is_combination(name: str) -> bool:
    """Whether a text is such a name with at least one axis, as `spelled` writes it."""
    version, at, partners = name.partition("@")
    if not at or not partners or _RELEASE.fullmatch(version) is None:
        return False
    pairs = [_pair(part) for part in partners.split(",")]
    return all(map(_is_release_of_project, pairs)) and name == spelled(version, dict(pairs))


def told(name: str, package: str) -> str:
    """For people: `djangorestframework 3.16.0 with django 5.2.1`."""
    pairs = [(package, release_of(name)), *axes_of(name).items()]
    return " with ".join(f"{project} {version}" for project, version in pairs)


def names_of(releases: Iterable[tuple[str, str]], package: str) -> str:
    """The name of releases of several projects, of which one is the package."""
    found = dict(releases)
    return spelled(found.pop(package), found)


def _pair(part: str) -> tuple[str, str]:
    project, _, version = part.partition("=")
    return project, version


def _is_release_of_project(pair: tuple[str, str]) -> bool:
    project, version = pair
    return bool(_PROJECT.fullmatch(project) and _RELEASE.fullmatch(version))
