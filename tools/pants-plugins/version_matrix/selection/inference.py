"""Dependencies on what results rest on beside code, and on what was removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.backend.python.target_types import PythonSourceField, PythonTestSourceField
from pants.engine.addresses import Address
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import (
    Dependencies,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    Target,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.selection import removed as removals
from version_matrix.selection.removed import Removed
from version_matrix.selection.requests import RemovedRequest
from version_matrix.selection.targets import CELLS, EVERY_TEST, NATIVE_TESTS, REMOVED
from version_matrix.stanza.cell_fields import CellSourcesField, SkipOutsideCellsField


@dataclass(frozen=True)
class PythonTestInputsFieldSet(FieldSet):
    required_fields = (PythonTestSourceField, Dependencies)

    source: PythonTestSourceField


@dataclass(frozen=True)
class NativeTestInputsFieldSet(PythonTestInputsFieldSet):
    @classmethod
    def opt_out(cls, target: Target) -> bool:
        """Test files of a suite are run by their cells only."""
        return target.has_field(SkipOutsideCellsField)


@dataclass(frozen=True)
class CellInputsFieldSet(FieldSet):
    required_fields = (CellSourcesField, Dependencies)

    sources: CellSourcesField


@dataclass(frozen=True)
class PythonSourceFieldSet(FieldSet):
    required_fields = (PythonSourceField, Dependencies)

    source: PythonSourceField


class InferTestInputs(InferDependenciesRequest[PythonTestInputsFieldSet]):
    infer_from = PythonTestInputsFieldSet


class InferNativeTestInputs(InferDependenciesRequest[NativeTestInputsFieldSet]):
    infer_from = NativeTestInputsFieldSet


class InferCellInputs(InferDependenciesRequest[CellInputsFieldSet]):
    infer_from = CellInputsFieldSet


class InferRemoved(InferDependenciesRequest[PythonSourceFieldSet]):
    infer_from = PythonSourceFieldSet


async def _above(address: Address, name: str) -> InferredDependencies:
    inputs = await engine.result_inputs()
    folders = inputs.above(address.spec_path, name)
    return InferredDependencies([Address(folder, target_name=name) for folder in folders])


@rule(level=LogLevel.DEBUG)
async def infer_test_inputs(request: InferTestInputs) -> InferredDependencies:
    return await _above(request.field_set.address, EVERY_TEST)


@rule(level=LogLevel.DEBUG)
async def infer_native_test_inputs(request: InferNativeTestInputs) -> InferredDependencies:
    return await _above(request.field_set.address, NATIVE_TESTS)


@rule(level=LogLevel.DEBUG)
async def infer_cell_inputs(request: InferCellInputs) -> InferredDependencies:
    return await _above(request.field_set.address, CELLS)


@rule(desc="Find what was removed", level=LogLevel.DEBUG)
async def find_removed(_: RemovedRequest) -> Removed:
    change = await engine.change()
    if not change.gone and not change.builds:
        return Removed()
    there = await engine.file_names(removals.globs_of_builds(change)) if change.builds else ()
    owned = await engine.python_source_paths()
    lost = removals.without_owner((*change.gone, *there), owned)
    return Removed(await engine.modules(lost), removals.folders(change))


@rule(level=LogLevel.DEBUG)
async def infer_removed(request: InferRemoved) -> InferredDependencies:
    lost = await engine.removed()
    if not lost:
        return InferredDependencies([])
    path = request.field_set.source.file_path
    (module,) = await engine.modules([path])
    content = (await engine.read_files([path])).get(path, b"")
    text = content.decode(errors="replace")
    return InferredDependencies([REMOVED] if lost.is_missed_by(path, module, text) else [])


def rules() -> Iterable[Rule | UnionRule]:
    inferring = (InferTestInputs, InferNativeTestInputs, InferCellInputs, InferRemoved)
    return (
        *collect_rules(),
        *(UnionRule(InferDependenciesRequest, request) for request in inferring),
    )
