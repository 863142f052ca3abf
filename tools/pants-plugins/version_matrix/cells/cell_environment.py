"""The packages that a cell runs with: those of its lock, and coverage where it is asked for."""

from __future__ import annotations

import os
import pkgutil
import platform
import sys
from typing import Iterable, Sequence

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
    SuitePinsRequest,
)
from version_matrix.cells.wheels import InstallationError
from version_matrix.disk.merge_base import is_conflicted
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.cell_fields import CellLockField, CellPythonField
from version_matrix.stanza.lock_file import body, excerpt, recorded_platforms
from version_matrix.stanza.lock_markers import platform_here
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.stanza_fields import MatrixSdistsField


class NotAvailableHere(InstallationError):
    """A release has no file for the system that the cell would run on; the text says so."""


def not_available_here(
    path: str, lock: str, platforms: Sequence[str], *, system: str, machine: str
) -> str | None:
    """Why a cell cannot run on a system (`sys.platform`) and a processor that the policy names.

    None if it can, or if the policy promises nothing there.
    """
    here, held = platform_here(platforms, system, machine), recorded_platforms(lock)
    if here is None or not held or here in held:
        return None
    return (
        f"not available here: of what {path} pins something has no file for {here}, and so the lock "
        f"holds for {', '.join(held)}."
    )


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
async def install_cell(
    request: CellEnvironmentRequest, matrix: VersionMatrix
) -> InstalledEnvironment:
    target = await engine.target_at(request.address)
    if request.lock is None:
        path, lock = await read_lock(target)
    else:
        path, lock = "A lock that was made on the fly", request.lock
    why = not_available_here(
        path, lock, matrix.platforms, system=sys.platform, machine=platform.machine()
    )
    if why is not None:
        raise NotAvailableHere(why)
    minor = target[CellPythonField].value or ""
    return await engine.environment_of(
        EnvironmentRequest(
            body=body(lock),
            python=request.python,
            sdists=target[MatrixSdistsField].value or (),
            beside=(
                SuitePinsRequest(os.path.dirname(path), request.python, minor)
                if request.lock is None
                else None
            ),
            origin=f"{path} for Python {minor}",
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
            beside=None,
            origin=path or "The lock of coverage",
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
