"""The third-party requirements of a suite's first-party code, from Pants' dependency graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping

from packaging.utils import canonicalize_name
from pants.backend.python.target_types import PythonRequirementsField, PythonSourceField
from pants.engine.target import Target

from version_matrix import engine
from version_matrix.subsystem import VersionMatrix
from version_matrix.target_types import MatrixTestFileTarget


class NoTestFiles(ValueError):
    """A stanza whose sources match nothing."""


@dataclass(frozen=True)
class Closure:
    """The third-party projects that a suite's first-party code reaches: project -> requirements.

    `own` are those reached from outside the suite's folder: the library's, not its tests'.
    """

    requirements: Mapping[str, tuple[str, ...]]
    own: frozenset[str]


async def closure_of_suite(target: Target, matrix: VersionMatrix) -> Closure:
    """What the tests of a stanza reach; raises `NoTestFiles` if it has none."""
    expanded = await engine.targets_at([target.address])
    tests = [t.address for t in expanded if isinstance(t, MatrixTestFileTarget)]
    if not tests:
        raise NoTestFiles(f"{target.address} matches no test file")
    names_only = {
        address.spec
        for address in await engine.addresses_of(
            matrix.names_only, option="[version-matrix].names_only"
        )
    }
    closure = await engine.closure_of(tests)
    requirements: dict[str, set[str]] = {}
    for project, line, generator in _requirements(closure):
        lines = requirements.setdefault(project, set())
        if generator not in names_only:
            lines.add(line)
    library = [
        t.address
        for t in closure
        if t.has_field(PythonSourceField)
        and not f"{t.address.spec_path}/".startswith(f"{target.address.spec_path}/")
    ]
    own = {project for project, _, _ in _requirements(await engine.closure_of(library))}
    return Closure(
        {project: tuple(sorted(lines)) for project, lines in sorted(requirements.items())},
        frozenset(own),
    )


def _requirements(targets: Iterable[Target]) -> Iterable[tuple[str, str, str]]:
    """Project, requirement and generator of every requirement among the targets."""
    for target in targets:
        if target.has_field(PythonRequirementsField):
            generator = target.address.maybe_convert_to_target_generator().spec
            for requirement in target[PythonRequirementsField].value:
                yield canonicalize_name(requirement.project_name), str(requirement), generator
