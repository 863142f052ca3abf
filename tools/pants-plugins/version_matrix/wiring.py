"""Wires the version matrix into Pants; computes nothing itself."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule

from version_matrix.causes import closing_table
from version_matrix.cells import (
    cell_environment,
    environments,
    interpreters,
    markers,
    process,
    runner,
    turns,
    wheel_groups,
    wheels,
)
from version_matrix.drafts import reading
from version_matrix.generate import (
    closure,
    lanes,
    locking,
    older_pins,
    python_news,
    sampler,
    suggestion,
    suite_update,
)
from version_matrix.goals import (
    bisect_matrix,
    coverage_gate,
    draft_suites,
    export_cell,
    generate_matrix,
    matrix,
    matrix_report,
    matrix_shards,
)
from version_matrix.not_run import closing_lines
from version_matrix.programs import lookup
from version_matrix.programs import runner as program_runner
from version_matrix.programs.targets import ProgramTestsTarget, ProgramTestTarget
from version_matrix.progress import progress_lines
from version_matrix.selection import inference, result_inputs, synthetic
from version_matrix.selection.targets import ResultInputsTarget
from version_matrix.stanza import import_inference, target_generation
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget
from version_matrix.tools import uv

_STANZA = (import_inference, target_generation)
_TOOLS = (uv,)
_GENERATE = (
    closure,
    lanes,
    locking,
    older_pins,
    python_news,
    sampler,
    suggestion,
    suite_update,
)
_CELLS = (
    cell_environment,
    environments,
    interpreters,
    markers,
    process,
    runner,
    turns,
    wheel_groups,
    wheels,
)
_CAUSES = (closing_table,)
_DRAFTS = (reading,)
_SELECTION = (inference, result_inputs, synthetic)
_PROGRAMS = (closing_lines, lookup, program_runner)
_TOLD = (progress_lines,)
_GOALS = (
    bisect_matrix,
    coverage_gate,
    draft_suites,
    export_cell,
    generate_matrix,
    matrix,
    matrix_report,
    matrix_shards,
)


def target_types() -> Iterable[type[Target]]:
    return (
        MatrixTestsTarget,
        MatrixTestFileTarget,
        MatrixCellTarget,
        ProgramTestsTarget,
        ProgramTestTarget,
        ResultInputsTarget,
    )


def rules() -> Iterable[Rule | UnionRule]:
    modules = (
        *(*_STANZA, *_TOOLS, *_GENERATE, *_CELLS, *_CAUSES),
        *(*_SELECTION, *_PROGRAMS, *_TOLD, *_DRAFTS, *_GOALS),
    )
    return tuple(rule for module in modules for rule in module.rules())
