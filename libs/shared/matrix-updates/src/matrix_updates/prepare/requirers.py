"""What in the repository depends on a project that a lock pins, as Pants tells it."""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Tuple

from packaging.utils import canonicalize_name

from matrix_updates.prepare.pants import Pants
from matrix_updates.text import one_line

_MOST_PROJECTS = 10
_MOST_DEPENDENTS = 100


def of(
    pants: Pants, projects: Sequence[str], known: Mapping[str, Tuple[str, ...]]
) -> Dict[str, Tuple[str, ...]]:
    """Project -> the locks or suites that are `known` to pin it, then what depends on it.

    A project that no requirement names, and a Pants that does not answer, leave it at what is known.
    """
    if not projects:
        return {}
    listed = pants.run("--filter-target-type=python_requirement", "list", "::")
    by_project: Dict[str, List[str]] = {}
    for address in listed.output.split():
        name = canonicalize_name(address.rpartition("#")[2])
        by_project.setdefault(name, []).append(address)
    found = {}
    for project in projects[:_MOST_PROJECTS]:
        addresses = by_project.get(project)
        if not addresses:
            continue
        asked = pants.run("dependents", "--transitive", *addresses)
        reached = sorted({one_line(line, 450) for line in asked.output.split()})
        found[project] = (*known.get(project, ()), *reached[:_MOST_DEPENDENTS])
    return found
