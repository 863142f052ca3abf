"""Newer releases that an installer passes over for want of a wheel, and an old pin's only reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.installs import installs_on
from release_sampler.basis.model import Release, Snapshot
from release_sampler.basis.names import require_normalized
from release_sampler.basis.platforms import DEFAULT_PLATFORMS, parse_platform
from release_sampler.basis.pythons import admits_python, minor_of
from release_sampler.basis.specifiers import parse_version
from release_sampler.basis.threads import map_each
from release_sampler.documents.fields import as_object, as_texts, as_time, load, only_fields

_THREADS = 8


@dataclass(frozen=True)
class Lock:
    """The pins of a lock (normalized name -> the newest version it pins) and its Pythons (minors)."""

    pins: Mapping[str, str]
    pythons: tuple[str, ...]


def wheelless(
    snapshot: Snapshot,
    pin: str,
    pythons: tuple[str, ...],
    as_of: datetime,
    platform: str = DEFAULT_PLATFORMS[0],
) -> tuple[str, ...]:
    """The stable releases above a pin that have no wheel for any of these Pythons on a platform, oldest first.

    Left out is what would not be taken in any case: what is yanked, unreadable, uploaded after
    `as_of`, or for other Pythons.
    """

    here = parse_platform(platform)

    def passed_over(release: Release) -> bool:
        if release.problem is not None or release.yanked or release.parsed <= Version(pin):
            return False
        if release.parsed.is_prerelease:
            return False
        if release.uploaded is not None and release.uploaded > as_of:
            return False
        admitted = [p for p in pythons if admits_python(release.requires_python or "", p)]
        return bool(admitted) and not any(installs_on(release, p, here, False) for p in pythons)

    return tuple(release.version for release in snapshot.releases if passed_over(release))


def answer(text: str, fetch: Callable[[str], Snapshot]) -> str:
    """Answer a request (JSON) about several locks, asking for each project once.

    The request has `as_of` and `locks`, each with `pins` and `pythons`, and may have `platforms`, of which the
    first counts; the answer has for each lock, in their order, the releases that were passed over, by
    project. Raises `SamplerError`.
    """
    locks, as_of, platform = _read(text)
    projects = sorted({project for lock in locks for project in lock.pins})
    snapshots = dict(zip(projects, map_each(fetch, projects, _THREADS)))
    found = [
        {
            project: versions
            for project, pin in sorted(lock.pins.items())
            if (versions := wheelless(snapshots[project], pin, lock.pythons, as_of, platform))
        }
        for lock in locks
    ]
    return json.dumps(found) + "\n"


def _read(text: str) -> tuple[tuple[Lock, ...], datetime, str]:
    data = as_object(load(text, "request"), "request")
    only_fields(data, "request", {"as_of", "locks", "platforms"})
    locks = data.get("locks")
    if not isinstance(locks, list):
        raise SamplerError("request: locks: expected a list")
    platforms = as_texts(data.get("platforms") or DEFAULT_PLATFORMS, "request: platforms")
    for name in platforms:
        parse_platform(name)
    return tuple(map(_lock, locks)), as_time(data.get("as_of"), "request: as_of"), platforms[0]


def _lock(value: object) -> Lock:
    data = as_object(value, "request: lock")
    only_fields(data, "request: lock", {"pins", "pythons"})
    pins = as_object(data.get("pins"), "request: lock: pins")
    for project, version in pins.items():
        require_normalized(project)
        try:
            parse_version(version)
        except (ValueError, TypeError) as error:
            raise SamplerError(f"request: lock: pins: {project}: {error}") from error
    pythons = as_texts(data.get("pythons"), "request: lock: pythons")
    return Lock(pins, tuple(map(minor_of, pythons)))
