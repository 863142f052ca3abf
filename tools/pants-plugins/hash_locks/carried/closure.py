"""Whether pins that were resolved for one environment are what another one needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from hash_locks.carried.environments import Environment


@dataclass(frozen=True)
class Release:
    """What the metadata of a pinned release says."""

    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""


def closure(
    roots: Iterable[tuple[str, str]], releases: Mapping[str, Release], environment: Environment
) -> Mapping[str, frozenset[str]] | None:
    """What of the pinned releases an environment needs, by project, each with who requires it.

    None if it needs something else, a project or a release that is not among them, or if the metadata
    of one is none.

    Args:
        roots: requirements, each with what names it.
        releases: normalized name of a project -> what is pinned.
    """
    try:
        return _closure(roots, releases, environment)
    except (InvalidRequirement, InvalidSpecifier):
        return None


def _closure(
    roots: Iterable[tuple[str, str]], releases: Mapping[str, Release], environment: Environment
) -> Mapping[str, frozenset[str]] | None:
    needed: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    todo = [
        (requirement, origin)
        for text, origin in roots
        for requirement in [Requirement(text)]
        if environment.holds(requirement.marker)
    ]
    while todo:
        requirement, origin = todo.pop()
        name = canonicalize_name(requirement.name)
        release = releases.get(name)
        if release is None or not _fits(release, requirement, environment):
            return None
        # Who requires an extra of itself is no reason for itself.
        needed.setdefault(name, set()).update({origin} - {name})
        for extra in ("", *sorted(map(canonicalize_name, requirement.extras))):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            todo += [
                (each, name)
                for each in map(Requirement, release.requires)
                if environment.holds(each.marker, extra)
            ]
    return {name: frozenset(origins) for name, origins in needed.items()}


def _fits(release: Release, requirement: Requirement, environment: Environment) -> bool:
    python = ".".join(map(str, environment.version))
    return SpecifierSet(release.requires_python).contains(python, prereleases=True) and (
        requirement.url is not None
        or requirement.specifier.contains(release.version, prereleases=True)
    )
