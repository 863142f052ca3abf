"""Which imports of test files are answered by what the cells of their suite install. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from packaging.utils import canonicalize_name
from pants.backend.python.dependency_inference.default_module_mapping import DEFAULT_MODULE_MAPPING

from version_matrix.stanza import lock_file

_WORD = re.compile(r"[-_.]")


@dataclass(frozen=True)
class Installed:
    """The projects that cells of a suite install; `every` where that is not known yet.

    Before anything is locked nobody can tell what the requirements bring with them.
    """

    projects: frozenset[str]
    every: bool = False

    def brings(self, module: str) -> bool:
        """Whether a module may be one of theirs.

        Names of projects tell modules roughly; where they mislead, the cell says so itself when it
        imports the module.
        """
        return self.every or _root(module) in {
            root for project in self.projects for root in _roots(project)
        }


def installed(named: Iterable[str], locks: Sequence[str]) -> Installed:
    """What the requirements that a suite names and the pins of its locks install."""
    pinned = {project for lock in locks for project in lock_file.pins(lock)}
    projects = {canonicalize_name(project) for project in (*named, *pinned)}
    return Installed(frozenset(projects), every=not pinned)


def _roots(project: str) -> frozenset[str]:
    """The first names of the modules that a project may have."""
    known: Mapping[str, Sequence[str]] = DEFAULT_MODULE_MAPPING
    if project in known:
        return frozenset(_root(module) for module in known[project])
    return frozenset({project.replace("-", "_"), _WORD.split(project)[0]})


def _root(module: str) -> str:
    return module.partition(".")[0].lower()
