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
from pants.engine.fs import Snapshot
from pants.engine.internals.session import RunId
from pants.engine.process import InteractiveProcess, Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.causes import carried
from version_matrix.causes.requests import CellEnd
from version_matrix.cells.cell_environment import NotAvailableHere
from version_matrix.cells.held_back import Failures, brief, held
from version_matrix.cells.interpreters import missing_python, not_here
from version_matrix.cells.junit import (
    Ending,
    results_file,
    skipped_all,
    stand_in,
    without_result,
)
from version_matrix.cells.process import EXTRA_OUTPUT
from version_matrix.cells.remarks import remarks_on
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    CellProcessRequest,
    MaybeInterpreter,
    TurnRequest,
)
from version_matrix.cells.turns import processes_at_a_time, turns_of
from version_matrix.cells.wheels import InstallationError
from version_matrix.not_run.requests import Lack, NotRun, Remark
from version_matrix.programs.fields import ProgramsField
from version_matrix.programs.requests import Programs
from version_matrix.programs.runner import lacking
from version_matrix.progress.requests import Step
from version_matrix.sandbox.make_environment import SYSTEM_PATH
from version_matrix.stanza import combination
from version_matrix.stanza.addresses import stanza_of_cell
from version_matrix.stanza.cell_fields import (
    CellAxesField,
    CellKnownFailureField,
    CellKnownFailureUntilField,
    CellLockField,
    CellPackageField,
    CellProblemField,
    CellPythonField,
    CellSourcesField,
    CellTrialField,
    CellUnresolvableField,
    CellVersionField,
)
from version_matrix.stanza.combination import spelled_of
from version_matrix.stanza.lock_file import body
from version_matrix.stanza.policy import Trials, VersionMatrix
from version_matrix.stanza.samples_file import digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CellFieldSet(TestFieldSet):
    required_fields = (CellSourcesField, CellPythonField)

    sources: CellSourcesField
    package: CellPackageField
    version: CellVersionField
    axes: CellAxesField
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
    """What a cell runs on and with, what the machine lacks for it, and when it is begun.

    An `alone` one is the only cell of the run: no other can fail like it.
    """

    python: PythonExecutable | None
    programs: Programs = Programs()
    lacks: tuple[Lack, ...] = ()
    turn: TurnRequest | None = None
    alone: bool = False

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
        alone = len(request.field_sets) == 1
        given = CellPartition(found.python, programs, lacks, alone=alone)
        partitions.append(Partition((cell,), given))
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


async def _stand_in(cell: CellFieldSet, ending: Ending, why: str, printed: str = "") -> Snapshot:
    """The JUnit file in place of pytest's: one of an earlier run must not be taken for this run's."""
    path = cell.lock.value
    lock = (await engine.read_files([path]))[path].decode() if path else ""
    now = datetime.datetime.now(datetime.timezone.utc)
    file = results_file(cell.address)
    text = stand_in(cell.address, ending, why, lock=digest(body(lock)), at=now, printed=printed)
    return await engine.subset(await engine.digest_of({file: text}), [file])


async def _without_result(
    cell: CellFieldSet, test: TestSubsystem, ending: Ending, why: str
) -> TestResult:
    """A cell that did not start: a failure that says why, or nothing if it was left out."""
    return engine.result_without_process(
        None if ending is Ending.LEFT_OUT else 1,
        why,
        addresses=(cell.address,),
        output_setting=test.output,
        xml_results=await _stand_in(cell, ending, why),
    )


async def _told_once(
    cell: CellFieldSet,
    given: CellPartition,
    outcome: TestResult,
    failures: Failures,
    *,
    blocks: bool = False,
) -> TestResult:
    """The outcome as it is shown at once; of several cells, what they print of failures is not.

    Its first of equal ones is told at the end. That changes no process, and so nothing of the cache.
    `blocks`: a trial fails the run as any other cell does.
    """
    expected = bool(cell.known_failure.value) and outcome.exit_code == 0
    trial = bool(cell.trial.value) and not blocks and outcome.exit_code != 0
    holds = failures and not (given.alone or expected)
    holds = holds and outcome.output_setting is ShowOutput.FAILED
    shown = brief(outcome, failures) if holds else outcome
    if not given.alone:
        await engine.note_end(
            CellEnd(
                suite=stanza_of_cell(cell.address, cell.axes.value or ()).spec,
                package=cell.package.value or "requirements",
                version=spelled_of(cell.version.value or "", cell.axes.value or ()),
                python=cell.python.value or "",
                failures=failures,
                held=held(outcome, failures) if holds else "",
                expected=expected,
                trial=bool(cell.trial.value),
            )
        )
    if expected:
        return expected_failure(cell, shown, datetime.date.today())
    return red_trial(cell, shown) if trial else shown


def _remarks(
    cell: CellFieldSet,
    shown: TestResult,
    given: CellPartition,
    skipped: Sequence[str] = (),
    *,
    red: bool = False,
) -> Iterable[Remark]:
    """What the last lines say of it; `red` is whether its pytest process failed."""
    as_known = cell.known_failure.value if shown.exit_code == 0 else None
    on_trial = red and not as_known and bool(cell.trial.value)
    return remarks_on(
        cell.address.spec,
        as_known=as_known,
        on_trial=on_trial,
        skipped=skipped,
        mend=given.programs.mend,
    )


async def _result(
    cell: CellFieldSet, given: CellPartition, test: TestSubsystem, matrix: VersionMatrix
) -> TestResult:
    if cell.problem.value:
        return await _without_result(cell, test, Ending.NOT_STARTED, cell.problem.value)
    if cell.unresolvable.value:
        why = f"unresolvable: {cell.unresolvable.value}"
        failed = await _without_result(cell, test, Ending.NOT_STARTED, why)
        if not cell.known_failure.value:
            return failed
        as_known = dataclasses.replace(failed, exit_code=0)
        shown = expected_failure(cell, as_known, datetime.date.today())
        await engine.note(_remarks(cell, shown, given))
        return shown
    if given.lacks:
        await engine.note([NotRun(cell.address.spec, "cell", lack).remark for lack in given.lacks])
        is_error = any(lack.is_error for lack in given.lacks)
        why = "\n".join(not_here(lack) for lack in given.lacks)
        ending = Ending.NOT_STARTED if is_error else Ending.LEFT_OUT
        return await _without_result(cell, test, ending, why)
    assert given.python is not None, f"{cell.address} has neither a problem nor a Python"
    made = [Step("environment", cell.address.spec, done=1)] if given.turn else []
    try:
        if given.turn:
            await engine.turn(given.turn)
        setup = await engine.cell_process(
            CellProcessRequest(cell.address, given.python, debug=False)
        )
    except NotAvailableHere as error:
        await engine.count(made)
        return await _without_result(cell, test, Ending.LEFT_OUT, str(error))
    except InstallationError as error:
        # One environment that cannot be made is one failing cell, and no end of the run.
        await engine.count(made)
        outcome = await _without_result(cell, test, Ending.NOT_STARTED, str(error))
        return await _told_once(cell, given, outcome, carried.not_started(str(error)), blocks=True)
    await engine.count(made)
    process = _with_place(with_programs(setup.process, given.programs), given.turn)
    attempts = await engine.attempts(process, engine.attempts_at_most(test))
    result = attempts[-1]

    coverage_data = None
    if test.use_coverage:
        measured = await engine.subset(result.output_digest, [".coverage"])
        if measured.files:
            coverage_data = PytestCoverageData((cell.address,), measured.digest)
        else:
            logger.warning(f"{cell.address} left no coverage data.")
    results = await engine.subset(result.output_digest, [setup.results_file])
    failures: Failures = ()
    if not results.files:
        why = f"pytest left no result; it ended with exit status {result.exit_code}."
        printed = (result.stdout + result.stderr).decode(errors="replace")
        results = await _stand_in(cell, Ending.NO_RESULT, why, printed)
        failures = carried.without_result(without_result(why, printed))
    extra_output = await engine.below(result.output_digest, EXTRA_OUTPUT)
    outcome = engine.result_of_process(
        attempts,
        address=cell.address,
        output_setting=test.output,
        coverage_data=coverage_data,
        xml_results=results,
        extra_output=extra_output,
    )
    skipped: tuple[str, ...] = ()
    if not failures:
        (junit,) = (await engine.contents(results.digest)).values()
        if outcome.exit_code != 0 or cell.known_failure.value:
            failures = carried.failed_tests(junit)
        else:
            skipped = skipped_all(junit)
    blocks = matrix.trials is Trials.BLOCK
    shown = await _told_once(cell, given, outcome, failures, blocks=blocks)
    await engine.note(_remarks(cell, shown, given, skipped, red=outcome.exit_code != 0))
    return shown


@rule(desc="Run a cell", level=LogLevel.DEBUG)
async def run_cell(
    batch: CellTestRequest.Batch[CellFieldSet, CellPartition],
    test: TestSubsystem,
    matrix: VersionMatrix,
    # An expiry is judged by the day of the run, so the rule must not be remembered overnight.
    _: RunId,
) -> TestResult:
    cell, given = batch.single_element, batch.partition_metadata
    await engine.count(steps_ahead(cell, given))
    result = await _result(cell, given, test, matrix)
    await engine.count([Step("cell", cell.address.spec, done=1)])
    return result


def steps_ahead(cell: CellFieldSet, given: CellPartition) -> list[Step]:
    """What a cell has before it: an environment, if it can run, and itself."""
    own = [Step("environment", cell.address.spec, ahead=1)] if given.turn else []
    return [*own, Step("cell", cell.address.spec, ahead=1)]


def expected_failure(cell: CellFieldSet, outcome: TestResult, today: datetime.date) -> TestResult:
    """An expected failure is shown as what it is, and is an error once its date is past."""
    until = cell.known_failure_until.value
    told = f"known failure: {cell.known_failure.value}" + (f" (until {until})" if until else "")
    if until and today > datetime.date.fromisoformat(until):
        build_file = f"{cell.address.spec_path}/BUILD"
        told = f"{told}\nThe date is past: mend it, or set a later `until` in {build_file}."
        return engine.retold(outcome, exit_code=1, stdout=told, stderr="")
    if outcome.output_setting is ShowOutput.ALL:
        return engine.retold(outcome, exit_code=0, stderr=f"{engine.stderr_of(outcome)}{told}\n")
    shown = outcome.output_setting if outcome.output_setting is ShowOutput.NONE else ShowOutput.ALL
    # What the runner itself remarks, as of a selection that passes, is on stderr.
    return engine.retold(outcome, exit_code=0, stdout=told, output_setting=shown)


def red_trial(cell: CellFieldSet, outcome: TestResult) -> TestResult:
    """A failure that breaks no promise: it is shown, and fails nothing."""
    sample = spelled_of(cell.version.value or "", cell.axes.value or ())
    releases = combination.told(sample, cell.package.value or "")
    claims = f"{sample} does not claim Python {cell.python.value}, and fails there"
    if cell.axes.value:
        claims = f"not all of {releases} claim Python {cell.python.value}, and it fails there"
    told = f"trial: {claims}; " 'with `[version-matrix].trials = "block"` that fails the run.\n'
    shown = outcome.output_setting if outcome.output_setting is ShowOutput.NONE else ShowOutput.ALL
    return engine.retold(
        outcome,
        exit_code=0,
        stderr=f"{engine.stderr_of(outcome)}{told}",
        output_setting=shown,
    )


def _with_place(process: Process, turn: TurnRequest | None) -> Process:
    """The process, which on a terminal shows how many cells were begun before it."""
    if turn is None:
        return process
    place = f"{process.description} ({turn.index + 1} of {len(turn.queue.cells)})"
    return dataclasses.replace(process, description=place)


def with_programs(process: Process, programs: Programs) -> Process:
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
            with_programs(setup.process, given.programs),
            forward_signals_to_process=False,
            restartable=True,
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *CellTestRequest.rules())
