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
from pants.engine.process import InteractiveProcess
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.cells.interpreters import missing_interpreter
from version_matrix.cells.junit import Ending, results_file, stand_in
from version_matrix.cells.process import EXTRA_OUTPUT
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    CellProcessRequest,
    TurnRequest,
)
from version_matrix.cells.turns import processes_at_a_time, turns_of
from version_matrix.cells.wheels import InstallationError
from version_matrix.stanza.cell_fields import (
    CellKnownFailureField,
    CellKnownFailureUntilField,
    CellLockField,
    CellProblemField,
    CellPythonField,
    CellSourcesField,
    CellUnresolvableField,
)
from version_matrix.stanza.lock_file import body
from version_matrix.stanza.policy import MissingInterpreters, VersionMatrix
from version_matrix.stanza.samples_file import digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CellFieldSet(TestFieldSet):
    required_fields = (CellSourcesField, CellPythonField)

    sources: CellSourcesField
    python: CellPythonField
    known_failure: CellKnownFailureField
    known_failure_until: CellKnownFailureUntilField
    unresolvable: CellUnresolvableField
    problem: CellProblemField
    lock: CellLockField


class CellTestRequest(TestRequest):
    tool_subsystem = VersionMatrix  # type: ignore[assignment]
    field_set_type = CellFieldSet
    partitioner_type = PartitionerType.CUSTOM
    supports_debug = True


@dataclass(frozen=True)
class CellPartition:
    """What a cell runs on, None if the machine has no such Python; and when it is begun."""

    python: PythonExecutable | None
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
    by_python: dict[str, list[CellFieldSet]] = {}
    for cell in request.field_sets:
        by_python.setdefault(cell.python.value or "", []).append(cell)
    partitions: list[Partition[CellFieldSet, CellPartition]] = []
    for minor, cells in sorted(by_python.items()):
        found = (await engine.interpreter(minor)).python if minor else None
        if minor and found is None:
            hidden = f"{pluralize(len(cells), 'cell')} ({_by_suite(cells)})"
            logger.log(
                (
                    logging.ERROR
                    if matrix.missing_interpreters is MissingInterpreters.ERROR
                    else logging.WARNING
                ),
                missing_interpreter(matrix.lowest_patch(minor), hidden),
            )
        partitions.extend(Partition((cell,), CellPartition(found)) for cell in cells)
    return Partitions(_in_turn(partitions, processes_at_a_time(global_options)))


def _in_turn(
    partitions: Sequence[Partition[CellFieldSet, CellPartition]], processes: int
) -> Iterable[Partition[CellFieldSet, CellPartition]]:
    """The same; those that have an environment make it when it is their turn."""
    environments = [
        CellEnvironmentRequest(partition.elements[0].address, partition.metadata.python)
        for partition in partitions
        if partition.metadata.python and not partition.elements[0].problem.value
    ]
    turns = turns_of(environments, processes)
    for partition in partitions:
        (cell,) = partition.elements
        yield Partition((cell,), CellPartition(partition.metadata.python, turns.get(cell.address)))


def _by_suite(cells: Sequence[CellFieldSet]) -> str:
    """All cells, the suite of each once: `lib:matrix#1.0 #2.0, app:matrix#1.0`."""
    samples: dict[str, list[str]] = {}
    for cell in cells:
        suite = cell.address.maybe_convert_to_target_generator().spec
        samples.setdefault(suite, []).append(f"#{cell.address.generated_name}")
    return ", ".join(f"{suite}{' '.join(names)}" for suite, names in samples.items())


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
    cell, python = batch.single_element, batch.partition_metadata.python
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
    if python is None:
        skips = matrix.missing_interpreters is MissingInterpreters.SKIP
        ending = Ending.LEFT_OUT if skips else Ending.NOT_STARTED
        why = f"Python {cell.python.value} is not on this machine."
        return await _without_result(cell, test, ending, why)
    try:
        if batch.partition_metadata.turn:
            await engine.turn(batch.partition_metadata.turn)
        setup = await engine.cell_process(CellProcessRequest(cell.address, python, debug=False))
    except InstallationError as error:
        # One environment that cannot be made is one failing cell, and no end of the run.
        return await _without_result(cell, test, Ending.NOT_STARTED, str(error))
    result = await engine.attempt(setup.process)

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


@rule(desc="Set up a cell for debugging", level=LogLevel.DEBUG)
async def debug_cell(
    batch: CellTestRequest.Batch[CellFieldSet, CellPartition], matrix: VersionMatrix
) -> TestDebugRequest:
    cell, python = batch.single_element, batch.partition_metadata.python
    problem = cell.problem.value or cell.unresolvable.value
    if problem or python is None:
        raise CellError(
            problem
            or missing_interpreter(matrix.lowest_patch(cell.python.value or ""), cell.address.spec)
        )
    setup = await engine.cell_process(CellProcessRequest(cell.address, python, debug=True))
    return TestDebugRequest(
        InteractiveProcess.from_process(
            setup.process, forward_signals_to_process=False, restartable=True
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *CellTestRequest.rules())
