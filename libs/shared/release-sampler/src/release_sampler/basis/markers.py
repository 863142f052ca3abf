"""Environment markers (PEP 508), evaluated for a target Python and a platform instead of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement

from release_sampler.basis.platforms import Platform
from release_sampler.basis.pythons import Build, build_of, language_of


def environment(target: str, platform: Platform) -> dict[str, str]:
    """What markers see of a target Python ("3.12", "3.14.2t", "pypy3.11.13") on a platform.

    Without a patch level it is taken for the first, "3.12.0".
    """
    full = language_of(target)
    major, minor, *patch = full.split(".")
    full = ".".join((major, minor, *(patch or ["0"])))
    is_pypy = build_of(target)[0] is Build.PYPY
    return {
        **platform.markers,
        "python_version": f"{major}.{minor}",
        "python_full_version": full,
        "implementation_name": "pypy" if is_pypy else "cpython",
        "implementation_version": full,
        "platform_python_implementation": "PyPy" if is_pypy else "CPython",
    }


def applies(
    requirement: Requirement, target: str, platform: Platform, extras: Iterable[str] = ()
) -> bool:
    """Whether a requirement holds there, for a project that is installed with these extras."""
    if requirement.marker is None:
        return True
    seen = environment(target, platform)
    return any(requirement.marker.evaluate({**seen, "extra": extra}) for extra in ("", *extras))


@lru_cache(maxsize=4096)
def parse_requirement(text: str) -> Requirement | None:
    """A line of `Requires-Dist`; None if it is none that PEP 508 knows."""
    try:
        return Requirement(text)
    except (InvalidRequirement, ValueError):
        return None
