"""What an environment requires of each project."""

from __future__ import annotations

from functools import lru_cache
from typing import Mapping, Sequence, Tuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from version_matrix.drafts.model import Environment
from version_matrix.stanza import suite

Lines = Tuple[str, ...]


@lru_cache(maxsize=None)
def by_project(environment: Environment) -> Mapping[str, Lines]:
    """Normalized name -> the requirements of that project that hold on the environment's Python."""
    found: dict[str, Lines] = {}
    for line in environment.requirements:
        if not holds(line, environment.python):
            continue
        name = project_name(line)
        found[name] = (*found.get(name, ()), line)
    return found


@lru_cache(maxsize=None)
def holds(line: str, python: "str | None") -> bool:
    """Whether a requirement's marker admits a Python, on the system that cells run on."""
    requirement = Requirement(line)
    if requirement.marker is None:
        return True
    known = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
    if python is not None:
        known.update(python_version=python, python_full_version=f"{python}.0")
    return bool(requirement.marker.evaluate(known))


@lru_cache(maxsize=None)
def project_name(line: str) -> str:
    """The normalized name of the project that a requirement is about."""
    return suite.project_name(line)


@lru_cache(maxsize=None)
def specifier_of(lines: Lines) -> str:
    """All that several requirements of one project say of its releases."""
    return ",".join(str(Requirement(line).specifier) for line in lines).strip(",")


def named(lines: Lines) -> str:
    """How a project is called by them, with its extras: `httpx[http2]`."""
    requirements = [Requirement(line) for line in lines]
    extras = sorted({extra for each in requirements for extra in each.extras})
    name = canonicalize_name(requirements[0].name)
    return f"{name}[{','.join(extras)}]" if extras else name


def varied(environments: Sequence[Environment]) -> frozenset[str]:
    """The projects of which two environments on one Python require different things."""
    seen: dict[Tuple["str | None", str], Lines] = {}
    found = set()
    for environment in environments:
        for project, lines in by_project(environment).items():
            if seen.setdefault((environment.python, project), lines) != lines:
                found.add(project)
    return frozenset(found)
