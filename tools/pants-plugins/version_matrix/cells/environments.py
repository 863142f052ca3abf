"""The environment of a cell: the packages of its lock, composed of wheels that are installed once."""

from __future__ import annotations

import logging
from typing import Iterable

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.lock_entries import LockEntry, applying
from version_matrix.cells.requests import (
    EnvironmentRequest,
    InstallationRequest,
    InstalledEnvironment,
    MarkersRequest,
)
from version_matrix.cells.wheels import InstallationError
from version_matrix.stanza.policy import VersionMatrix

logger = logging.getLogger(__name__)


@rule(desc="Compose a cell's environment", level=LogLevel.DEBUG)
async def compose_environment(
    request: EnvironmentRequest, matrix: VersionMatrix
) -> InstalledEnvironment:
    markers = await engine.markers(MarkersRequest(request.python))
    found = applying(request.body, markers.values)
    # Whoever edits a lock by hand sends nobody to another place than the index.
    sources = [entry for entry in found if entry.is_source and not matrix.upstream]
    if sources:
        raise InstallationError(
            f"{request.origin} cannot be installed: {sources[0].project} is to come from "
            f"{sources[0].version}, and a lock holds releases of the index alone. "
            f"`{bin_name()} generate-matrix` makes it anew.\n"
        )
    try:
        wheels = await engine.installed([_installation([entry], request) for entry in found])
        disagreement = await engine.disagreement([wheel.digest for wheel in wheels])
        if disagreement is None:
            digests = {entry.project: wheel.digest for entry, wheel in zip(found, wheels)}
            return InstalledEnvironment(FrozenDict(digests))
        logger.warning(
            f"Wheels of {request.origin} do not agree on a file, so that this environment is "
            f"installed whole, and by itself. {disagreement}"
        )
        (whole,) = await engine.installed([_installation(found, request)])
    except InstallationError as error:
        raise InstallationError(f"{request.origin} cannot be installed: {error}") from None
    return InstalledEnvironment(FrozenDict({"whole": whole.digest}))


def _installation(found: Iterable[LockEntry], request: EnvironmentRequest) -> InstallationRequest:
    found = tuple(found)
    told = ", ".join(f"{entry.project} {entry.version}" for entry in found)
    return InstallationRequest(
        requirements="".join(entry.requirement for entry in found),
        python=request.python,
        sdists=tuple(entry.project for entry in found if entry.project in request.sdists),
        description=f"Install {told} on {request.python.path}",
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
