"""The environment of a cell: the packages of its lock, composed of wheels that are installed once."""

from __future__ import annotations

import logging
from typing import Iterable, Mapping, Sequence

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
    SuitePins,
)
from version_matrix.cells.wheel_groups import installed_together
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
    pins = await engine.suite_pins(request.beside) if request.beside else SuitePins(FrozenDict())
    try:
        made = await engine.installed(
            [
                _installation({entry.project: [entry] for entry in group}, request)
                for group in installed_together(found, pins.locks, request.sdists)
            ]
        )
        wheels = FrozenDict(
            sorted(item for installation in made for item in installation.wheels.items())
        )
        disagreement = await engine.disagreement(list(wheels.values()))
        if disagreement is None:
            return InstalledEnvironment(wheels)
        logger.warning(
            f"Wheels of {request.origin} do not agree on a file, so that this environment is "
            f"installed whole, and by itself. {disagreement}"
        )
        (whole,) = await engine.installed([_installation({"whole": found}, request)])
    except InstallationError as error:
        raise InstallationError(f"{request.origin} cannot be installed: {error}") from None
    return InstalledEnvironment(whole.wheels)


def _installation(
    wheels: Mapping[str, Sequence[LockEntry]], request: EnvironmentRequest
) -> InstallationRequest:
    found = [entry for pins in wheels.values() for entry in pins]
    told = ", ".join(f"{entry.project} {entry.version}" for entry in found)
    return InstallationRequest(
        requirements=FrozenDict(
            {name: "".join(entry.requirement for entry in pins) for name, pins in wheels.items()}
        ),
        python=request.python,
        sdists=tuple(entry.project for entry in found if entry.project in request.sdists),
        description=f"Install {told} on {request.python.path}",
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
