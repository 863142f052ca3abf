"""Dependencies of a suite's test files on what they import.

The imports of the package under test, and of what its cells install beside it, are the suite's own:
no target has to own them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonTestSourceField,
)
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import FieldSet, InferDependenciesRequest, InferredDependencies
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.stanza import imports
from version_matrix.stanza.addresses import stanza_of_file
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.stanza_fields import MatrixTestDependenciesField
from version_matrix.stanza.suite import project_name
from version_matrix.stanza.targets import suite_of


@dataclass(frozen=True)
class MatrixImportsFieldSet(FieldSet):
    required_fields = (
        PythonTestSourceField,
        MatrixTestDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
    )

    source: PythonTestSourceField
    dependencies: MatrixTestDependenciesField
    resolve: PythonResolveField
    interpreter_constraints: InterpreterConstraintsField


class InferMatrixImports(InferDependenciesRequest[MatrixImportsFieldSet]):
    infer_from = MatrixImportsFieldSet


@rule(desc="Infer what test files of suites import", level=LogLevel.DEBUG)
async def infer_matrix_imports(
    request: InferMatrixImports,
    infer: PythonInferSubsystem,
    python: PythonSetup,
    matrix: VersionMatrix,
) -> InferredDependencies:
    if not infer.imports and not infer.assets:
        return InferredDependencies([])
    tests = request.field_set
    parsed = await engine.parsed_imports(tests, infer, python)
    stanza = await engine.target_at(stanza_of_file(tests.address))
    suite = suite_of(stanza)
    locks = await engine.read_files([f"{suite.folder}/*.lock"])
    installed = imports.installed(
        {*suite.named_projects, *map(project_name, matrix.base_requirements)},
        [lock.decode(errors="replace") for lock in locks.values()],
    )
    owners = await engine.owners_of_imports(
        tests,
        parsed,
        tests.resolve.normalized_value(python),
        infer,
        python,
        may_be_unowned=installed.brings,
    )
    return InferredDependencies(owners)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferMatrixImports))
