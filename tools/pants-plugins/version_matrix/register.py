"""Wires the version matrix into Pants; computes nothing itself."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule

from version_matrix import (
    cell_process,
    cell_runner,
    closure,
    environments,
    interpreters,
    lanes,
    locking,
    older_pins,
    sampler,
    suite_update,
    target_generation,
    uv,
)
from version_matrix.goals import export_cell, generate_matrix, matrix, matrix_report
from version_matrix.target_types import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
)


def target_types() -> Iterable[type[Target]]:
    return (MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *cell_process.rules(),
        *closure.rules(),
        *environments.rules(),
        *export_cell.rules(),
        *generate_matrix.rules(),
        *interpreters.rules(),
        *lanes.rules(),
        *locking.rules(),
        *matrix.rules(),
        *matrix_report.rules(),
        *older_pins.rules(),
        *sampler.rules(),
        *suite_update.rules(),
        *target_generation.rules(),
        *cell_runner.rules(),
        *uv.rules(),
    )
