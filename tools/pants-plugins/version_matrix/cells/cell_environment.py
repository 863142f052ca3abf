"""The packages that a cell runs with: those of its lock, and coverage where it is asked for."""

from __future__ import annotations

import pkgutil
from typing import Iterable

from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    EnvironmentRequest,
    InstalledEnvironment,
)
from version_matrix.cells.wheels import InstallationError
from version_matrix.disk.merge_base import is_conflicted
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.cell_fields import CellLockField, CellPythonField
from version_matrix.stanza.lock_file import body, excerpt
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.stanza_fields import MatrixSdistsField


async def read_lock(target: Target) -> tuple[str, str]:
    """The path and the text of a cell's lock; raises `InstallationError` if a merge left it torn."""
    path = target[CellLockField].value
    assert path is not None, f"{target.address} has a problem and no lock"
    content = (await engine.read_files([path]))[path]
    if is_conflicted(content):
        suite = target.address.maybe_convert_to_target_generator()
        raise InstallationError(
            f"{path} holds a merge conflict. Run `{bin_name()} generate-matrix {from_root(suite.spec)}`, which "
            "writes it anew."
        )
    return path, content.decode()


@rule(level=LogLevel.DEBUG)
async def install_cell(request: CellEnvironmentRequest) -> InstalledEnvironment:
    target = await engine.target_at(request.address)
    path, lock = await read_lock(target)
    return await engine.environment_of(
        EnvironmentRequest(
            body=body(lock),
            python=request.python,
            sdists=target[MatrixSdistsField].value or (),
            origin=f"{path} for Python {target[CellPythonField].value}",
        )
    )


async def coverage_layer(matrix: VersionMatrix, python: PythonExecutable) -> InstalledEnvironment:
    path = matrix.coverage_lock
    lock = (
        (await engine.read_files([path]))[path]
        if path
        else pkgutil.get_data("version_matrix", "locks/coverage.lock")
    )
    assert lock is not None
    return await engine.environment_of(
        EnvironmentRequest(
            # The cell brings pytest; a second one over it would be another version.
            body=excerpt(lock.decode(), ["coverage", "pytest-cov"]),
            python=python,
            sdists=(),
            origin=path or "The lock of coverage",
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
