"""Where probes are tried: a lock made on the fly, and the process that a cell of it would have."""

from __future__ import annotations

import dataclasses
import datetime
import platform
import sys
from dataclasses import dataclass

from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.addresses import Address

from version_matrix import engine
from version_matrix.bisection.first_failure import failing_test
from version_matrix.bisection.members import sample_of
from version_matrix.bisection.probes import Outcome, Probe, Seen
from version_matrix.bisection.refusals import UNUSABLE, Refused
from version_matrix.cells.requests import CellProcessRequest, Stead
from version_matrix.cells.runner import with_programs
from version_matrix.cells.wheels import InstallationError
from version_matrix.generate.requests import Closure, LockRequest
from version_matrix.generate.wanted_locks import wanted
from version_matrix.programs.requests import Programs
from version_matrix.stanza.lock_file import body, without_hashes
from version_matrix.stanza.lock_markers import platform_here
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import Sample
from version_matrix.stanza.suite import Suite


@dataclass(frozen=True)
class Laboratory:
    """A cell, and all that is the same whatever it is tried with.

    `version` is its sample, `minor` its Python (`3.12`), `undated` are the members for whose releases
    the index tells of no time.
    """

    cell: Address
    suite: Suite
    closure: Closure
    version: str
    minor: str
    python: PythonExecutable
    programs: Programs
    now: datetime.datetime
    undated: tuple[str, ...]


async def run_with(laboratory: Laboratory, version: str, lock: str, *, anew: bool = False) -> Seen:
    """Runs the cell with another lock, as a cell of its own would be run."""
    stead = Stead(version, body(lock), anew)
    try:
        setup = await engine.cell_process(
            CellProcessRequest(laboratory.cell, laboratory.python, debug=False, stead=stead)
        )
    except InstallationError as error:
        return Seen(Outcome.IMPOSSIBLE, lock, told=str(error))
    result = await engine.attempt(with_programs(setup.process, laboratory.programs))
    if result.exit_code == 0:
        return Seen(Outcome.PASSED, lock)
    written = await engine.subset(result.output_digest, [setup.results_file])
    files = await engine.contents(written.digest)
    failing = failing_test(files.get(setup.results_file, b""))
    return Seen(Outcome.FAILED, lock, failing or f"exit status {result.exit_code}")


async def tried(laboratory: Laboratory, probe: Probe, matrix: VersionMatrix) -> Seen:
    """Locks a probe and runs it; raises `Refused` where it is the index that fails."""
    (locked,) = await engine.locked([_lock_request(laboratory, probe, matrix)])
    if locked.error is not None:
        if not locked.clash:
            raise Refused(UNUSABLE, f"{probe.label} cannot be locked: {locked.error}")
        return Seen(Outcome.IMPOSSIBLE, told=locked.error)
    sample = sample_of(laboratory.suite, probe.releases, laboratory.version)
    return await run_with(laboratory, sample, locked.body)


def _lock_request(laboratory: Laboratory, probe: Probe, matrix: VersionMatrix) -> LockRequest:
    suite, python = laboratory.suite, laboratory.minor
    version = sample_of(suite, probe.releases, laboratory.version)
    sample = Sample(version, laboratory.version if suite.package is None else "", (python,))
    inputs = wanted(suite, sample, (python,), matrix, laboratory.closure).inputs
    here = platform_here(inputs.platforms, sys.platform, platform.machine())
    inputs = dataclasses.replace(
        inputs,
        # What is held says how low; both ends of own requirements are mixed with each other.
        requirements=(*inputs.requirements, *inputs.lowest) if probe.held else inputs.requirements,
        lowest=() if probe.held else inputs.lowest,
        platforms=(here or inputs.platforms[0],),
    )
    cooldown = datetime.timedelta(days=matrix.cooldown_days)
    # What is held was taken by a lock before; it need not cool down again.
    dated = matrix.cooldown_days and not probe.held
    return LockRequest(
        sample=f"{suite.address}: {probe.label}",
        inputs=inputs,
        kept=without_hashes(probe.kept),
        cooled_by=_iso(laboratory.now - cooldown) if dated else None,
        as_of=_iso(laboratory.now),
        exempt=(*matrix.exempt_projects(), *laboratory.undated),
        held=probe.held,
    )


def _iso(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
