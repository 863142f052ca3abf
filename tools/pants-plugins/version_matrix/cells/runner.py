"""Runs the cells that `test` asks for, as native Python tests are run."""

from __future__ import annotations

import dataclasses
import datetime
import logging
from dataclasses import dataclass
from typing import Iterable, Sequence

from pants.backend.python.goals.coverage_py import PytestCoverageData
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.test import (
    ShowOutput,
    TestDebugRequest,
    TestFieldSet,
    TestRequest,
    TestResult,
    TestSubsystem,
)
from pants.core.util_rules.partitions import Partition, PartitionerType, Partitions
from pants.engine.fs import EMPTY_FILE_DIGEST, Snapshot
from pants.engine.internals.session import RunId
from pants.engine.process import InteractiveProcess, Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.cell_environment import NotAvailableHere
from version_matrix.cells.interpreters import missing_python, not_here
from version_matrix.cells.junit import Ending, results_file, stand_in
from version_matrix.cells.process import EXTRA_OUTPUT
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    CellProcessRequest,
    MaybeInterpreter,
    TurnRequest,
)
from version_matrix.cells.turns import processes_at_a_time, turns_of
from version_matrix.cells.wheels import InstallationError
from version_matrix.not_run.requests import Lack, NotRun
from version_matrix.programs.fields import ProgramsField
from version_matrix.programs.requests import Programs
from version_matrix.programs.runner import lacking
from version_matrix.sandbox.make_environment import SYSTEM_PATH
from version_matrix.stanza.cell_fields import (
    CellKnownFailureField,
    CellKnownFailureUntilField,
    CellLockField,
    CellProblemField,
    CellPythonField,
    CellSourcesField,
    CellTrialField,
    CellUnresolvableField,
    CellVersionField,
)
from version_matrix.stanza.lock_file import body
from version_matrix.stanza.policy import Trials, VersionMatrix
from version_matrix.stanza.samples_file import digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CellFieldSet(TestFieldSet):
    required_fields = (CellSourcesField, CellPythonField)

    sources: CellSourcesField
    version: CellVersionField
    python: CellPythonField
    known_failure: CellKnownFailureField
    known_failure_until: CellKnownFailureUntilField
    trial: CellTrialField
    unresolvable: CellUnresolvableField
    problem: CellProblemField
    lock: CellLockField
    programs: ProgramsField


class CellTestRequest(TestRequest):
    tool_subsystem = VersionMatrix  # type: ignore[assignment]
    field_set_type = CellFieldSet
    partitioner_type = PartitionerType.CUSTOM
    supports_debug = True


@dataclass(frozen=True)
class CellPartition:
    """What a cell runs on and with, what the machine lacks for it, and when it is begun."""

    python: PythonExecutable | None
    programs: Programs = Programs()
    lacks: tuple[Lack, ...] = ()
    turn: TurnRequest | None = None

    @property
    def description(self) -> None:
        return None


class CellError(Exception):
    """A cell that cannot run; the text says why and what mends it."""


@rule(desc="Partition the cells of the matrix", level=LogLevel.DEBUG)
async def partition_cells(
    request: CellTestRequest.PartitionRequest[CellFieldSet],
    matrix: VersionMatrix,
    global_options: GlobalOptions,
) -> Partitions[CellFieldSet, CellPartition]:
    if matrix.skip:
        return Partitions()
    ci = await engine.in_ci()
    # Thousands of cells share a few of each.
    minors = sorted({cell.python.value for cell in request.field_sets if cell.python.value})
    interpreters = {minor: await engine.interpreter(minor) for minor in minors}
    declared = sorted({cell.programs.value or () for cell in request.field_sets})
    found_programs = {names: await engine.programs(names) for names in declared}
    partitions: list[Partition[CellFieldSet, CellPartition]] = []
    for cell in sorted(request.field_sets, key=lambda cell: cell.python.value or ""):
        minor = cell.python.value
        found = interpreters[minor] if minor else MaybeInterpreter(None)
        programs = found_programs[cell.programs.value or ()]
        lacks = lacking(programs, ci)
        if minor and found.python is None:
            lacks = (missing_python(minor, found, matrix, ci=ci), *lacks)
        partitions.append(Partition((cell,), CellPartition(found.python, programs, lacks)))
    return Partitions(_in_turn(partitions, processes_at_a_time(global_options)))


def _in_turn(
    partitions: Sequence[Partition[CellFieldSet, CellPartition]], processes: int
) -> Iterable[Partition[CellFieldSet, CellPartition]]:
    """The same; those that have an environment make it when it is their turn."""
    environments = []
    for partition in partitions:
        (cell,), given = partition.elements, partition.metadata
        if given.python and cell.lock.value and not (cell.problem.value or given.lacks):
            environments.append(CellEnvironmentRequest(cell.address, given.python))
    turns = turns_of(environments, processes)
    for partition in partitions:
        (cell,) = partition.elements
        turn = turns.get(cell.address)
        yield Partition((cell,), dataclasses.replace(partition.metadata, turn=turn))


async def _stand_in(cell: CellFieldSet, ending: Ending, why: str) -> Snapshot:
    """The JUnit file in place of pytest's: one of an earlier run must not be taken for this run's."""
    path = cell.lock.value
    lock = (await engine.read_files([path]))[path].decode() if path else ""
    now = datetime.datetime.now(datetime.timezone.utc)
    file = results_file(cell.address)
    text = stand_in(cell.address, ending, why, lock=digest(body(lock)), at=now)
    return await engine.subset(await engine.digest_of({file: text}), [file])


async def _without_result(
    cell: CellFieldSet, test: TestSubsystem, ending: Ending, why: str
) -> TestResult:
    """A cell that did not start: a failure that says why, or nothing if it was left out."""
    return TestResult(
        exit_code=None if ending is Ending.LEFT_OUT else 1,
        stdout="",
        stdout_digest=EMPTY_FILE_DIGEST,
        stderr=why,
        stderr_digest=EMPTY_FILE_DIGEST,
        addresses=(cell.address,),
        output_setting=test.output,
        result_metadata=None,
        xml_results=await _stand_in(cell, ending, why),
    )


@rule(desc="Run a cell", level=LogLevel.DEBUG)
async def run_cell(
    batch: CellTestRequest.Batch[CellFieldSet, CellPartition],
    test: TestSubsystem,
    matrix: VersionMatrix,
    # An expiry is judged by the day of the run, so the rule must not be remembered overnight.
    _: RunId,
) -> TestResult:
    cell, given = batch.single_element, batch.partition_metadata
    if cell.problem.value:
        return await _without_result(cell, test, Ending.NOT_STARTED, cell.problem.value)
    if cell.unresolvable.value:
        why = f"unresolvable: {cell.unresolvable.value}"
        failed = await _without_result(cell, test, Ending.NOT_STARTED, why)
        if not cell.known_failure.value:
            return failed
        return expected_failure(
            cell, dataclasses.replace(failed, exit_code=0), datetime.date.today()
        )
    if given.lacks:
        await engine.note([NotRun(cell.address.spec, "cell", lack) for lack in given.lacks])
        is_error = any(lack.is_error for lack in given.lacks)
        why = "\n".join(not_here(lack) for lack in given.lacks)
        ending = Ending.NOT_STARTED if is_error else Ending.LEFT_OUT
        return await _without_result(cell, test, ending, why)
    assert given.python is not None, f"{cell.address} has neither a problem nor a Python"
    try:
        if given.turn:
            await engine.turn(given.turn)
        setup = await engine.cell_process(
            CellProcessRequest(cell.address, given.python, debug=False)
        )
    except NotAvailableHere as error:
        return await _without_result(cell, test, Ending.LEFT_OUT, str(error))
    except InstallationError as error:
        # One environment that cannot be made is one failing cell, and no end of the run.
        return await _without_result(cell, test, Ending.NOT_STARTED, str(error))
    result = await engine.attempt(_with_programs(setup.process, given.programs))

    coverage_data = None
    if test.use_coverage:
        measured = await engine.subset(result.output_digest, [".coverage"])
        if measured.files:
            coverage_data = PytestCoverageData((cell.address,), measured.digest)
        else:
            logger.warning(f"{cell.address} left no coverage data.")
    results = await engine.subset(result.output_digest, [setup.results_file])
    if not results.files:
        why = f"pytest left no result; it ended with exit status {result.exit_code}."
        results = await _stand_in(cell, Ending.NO_RESULT, why)
    extra = await engine.subset(result.output_digest, [f"{EXTRA_OUTPUT}/**"])
    extra_output = await engine.without_prefix(extra.digest, EXTRA_OUTPUT)
    outcome = TestResult.from_fallible_process_result(
        result,
        address=cell.address,
        output_setting=test.output,
        coverage_data=coverage_data,
        xml_results=results,
        extra_output=extra_output,
    )
    if cell.known_failure.value and outcome.exit_code == 0:
        return expected_failure(cell, outcome, datetime.date.today())
    if cell.trial.value and outcome.exit_code != 0 and matrix.trials is Trials.REPORT:
        return red_trial(cell, outcome)
    return outcome


def expected_failure(cell: CellFieldSet, outcome: TestResult, today: datetime.date) -> TestResult:
    """An expected failure is shown as what it is, and is an error once its date is past."""
    until = cell.known_failure_until.value
    told = f"known failure: {cell.known_failure.value}" + (f" (until {until})" if until else "")
    if until and today > datetime.date.fromisoformat(until):
        build_file = f"{cell.address.spec_path}/BUILD"
        told = f"{told}\nThe date is past: mend it, or set a later `until` in {build_file}."
        return dataclasses.replace(outcome, exit_code=1, stdout=told, stderr="")
    if outcome.output_setting is ShowOutput.ALL:
        return dataclasses.replace(outcome, stderr=f"{outcome.stderr}{told}\n")
    shown = outcome.output_setting if outcome.output_setting is ShowOutput.NONE else ShowOutput.ALL
    # What the runner itself remarks, as of a selection that passes, is on stderr.
    return dataclasses.replace(outcome, stdout=told, output_setting=shown)


def red_trial(cell: CellFieldSet, outcome: TestResult) -> TestResult:
    """A failure that breaks no promise: it is shown, and fails nothing."""
    told = (
        f"trial: {cell.version.value} does not claim Python {cell.python.value}, and fails there; "
        'with `[version-matrix].trials = "block"` that fails the run.\n'
    )
    shown = outcome.output_setting if outcome.output_setting is ShowOutput.NONE else ShowOutput.ALL
    return dataclasses.replace(
        outcome, exit_code=0, stderr=f"{outcome.stderr}{told}", output_setting=shown
    )


def _with_programs(process: Process, programs: Programs) -> Process:
    """The process with its programs on PATH, before what is there."""
    env = programs.env(process.env.get("PATH", SYSTEM_PATH))
    return dataclasses.replace(process, env=FrozenDict({**process.env, **env})) if env else process


@rule(desc="Set up a cell for debugging", level=LogLevel.DEBUG)
async def debug_cell(batch: CellTestRequest.Batch[CellFieldSet, CellPartition]) -> TestDebugRequest:
    cell, given = batch.single_element, batch.partition_metadata
    problem = cell.problem.value or cell.unresolvable.value
    if problem:
        raise CellError(problem)
    if given.python is None or given.lacks:
        told = "\n".join(not_here(lack) for lack in given.lacks)
        raise CellError(f"{cell.address} cannot run. {told}")
    setup = await engine.cell_process(CellProcessRequest(cell.address, given.python, debug=True))
    return TestDebugRequest(
        InteractiveProcess.from_process(
            _with_programs(setup.process, given.programs),
            forward_signals_to_process=False,
            restartable=True,
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *CellTestRequest.rules())
