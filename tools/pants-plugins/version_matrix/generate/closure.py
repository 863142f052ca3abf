"""The third-party requirements of a suite's first-party code, from Pants' dependency graph."""

from __future__ import annotations

from typing import Iterable

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pants.backend.python.target_types import PythonRequirementsField, PythonSourceField
from pants.core.target_types import TargetGeneratorSourcesHelperTarget
from pants.engine.addresses import Address
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.errors import unexpected
from version_matrix.generate.requests import Closure, ClosureRequest, MaybeClosure
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.targets import MatrixTestFileTarget


async def _closure(address: Address, matrix: VersionMatrix) -> MaybeClosure:
    expanded = await engine.targets_at([address])
    tests = [t.address for t in expanded if isinstance(t, MatrixTestFileTarget)]
    if not tests:
        return MaybeClosure(error=f"{address} matches no test file")
    names_only = {
        address.spec
        for address in await engine.addresses_of(
            matrix.names_only, option="[version-matrix].names_only"
        )
    }
    closure = await engine.closure_of(tests)
    files = _requirements_files(closure)
    ranged: dict[str, dict[str, str]] = {}
    named: dict[str, dict[str, str]] = {}
    for project, line, generator in _requirements(closure):
        said = files.get(generator, generator)
        if generator in names_only:
            named.setdefault(project, {project: said})
        else:
            ranged.setdefault(project, {})[line] = said
    library = [
        t.address
        for t in closure
        if t.has_field(PythonSourceField)
        and not f"{t.address.spec_path}/".startswith(f"{address.spec_path}/")
    ]
    own = {project for project, _, _ in _requirements(await engine.closure_of(library))}
    requirements = {
        project: FrozenDict(sorted(lines.items()))
        for project, lines in sorted({**named, **ranged}.items())
    }
    return MaybeClosure(Closure(FrozenDict(requirements), frozenset(own)))


@rule(desc="Find what a suite reaches", level=LogLevel.DEBUG)
async def closure_of_suite(request: ClosureRequest, matrix: VersionMatrix) -> MaybeClosure:
    # What the graph raises (a dependency that is not there, a cycle) is this suite's error alone.
    try:
        return await _closure(request.address, matrix)
    except Exception as error:
        return MaybeClosure(error=unexpected(error))


def _requirements_files(targets: Iterable[Target]) -> dict[str, str]:
    """Generator of requirements -> the file that it reads."""
    return {
        target.address.maybe_convert_to_target_generator().spec: target.address.filename
        for target in targets
        if isinstance(target, TargetGeneratorSourcesHelperTarget) and target.address.is_file_target
    }


def _requirements(targets: Iterable[Target]) -> Iterable[tuple[str, str, str]]:
    """Project, requirement and generator of every requirement among the targets."""
    for target in targets:
        if target.has_field(PythonRequirementsField):
            generator = target.address.maybe_convert_to_target_generator().spec
            for requirement in target[PythonRequirementsField].value:
                yield canonicalize_name(Requirement(str(requirement)).name), str(
                    requirement
                ), generator


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
