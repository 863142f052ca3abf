"""The plugin's own rules, as coroutines that ask for them."""

from __future__ import annotations

import sys
from typing import Iterable

from version_matrix.causes.requests import CellEnd, NotedEnd
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    CellProcess,
    CellProcessRequest,
    EnvironmentRequest,
    Installation,
    InstallationRequest,
    InstalledEnvironment,
    InterpreterRequest,
    Markers,
    MarkersRequest,
    MaybeInterpreter,
    Pythons,
    PythonsRequest,
    SuitePins,
    SuitePinsRequest,
    Turn,
    TurnRequest,
)
from version_matrix.drafts.requests import Readout, ReadoutRequest
from version_matrix.generate.requests import (
    ClosureRequest,
    Lane,
    LaneResult,
    LockRequest,
    LockResult,
    MaybeClosure,
    OlderPins,
    OlderPinsRequest,
    PythonNews,
    PythonNewsRequest,
    SamplingRequest,
    SamplingResult,
    Suggestion,
    SuggestionRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
)
from version_matrix.not_run.requests import Remark, Told
from version_matrix.programs.requests import Program, ProgramRequest, Programs, ProgramsRequest
from version_matrix.progress.requests import Counted, Step
from version_matrix.selection.git_changes import Change
from version_matrix.selection.inputs import ResultInputs
from version_matrix.selection.removed import Removed
from version_matrix.selection.requests import ChangeRequest, RemovedRequest, ResultInputsRequest

if sys.version_info >= (3, 11):
    from pants.engine.rules import concurrently

    from version_matrix.engine.named_rule import named_rule

    _result_inputs = named_rule(
        "version_matrix.selection.result_inputs.find_result_inputs",
        ResultInputsRequest,
        ResultInputs,
    )
    _change = named_rule("version_matrix.selection.synthetic.find_change", ChangeRequest, Change)
    _removed = named_rule(
        "version_matrix.selection.inference.find_removed", RemovedRequest, Removed
    )
    _program = named_rule("version_matrix.programs.lookup.find_program", ProgramRequest, Program)
    _programs = named_rule(
        "version_matrix.programs.lookup.find_programs", ProgramsRequest, Programs
    )
    _note = named_rule("version_matrix.not_run.closing_lines.note", Remark, Told)
    _count = named_rule("version_matrix.progress.progress_lines.count", Step, Counted)
    _note_end = named_rule("version_matrix.causes.closing_table.note_end", CellEnd, NotedEnd)
    _pythons = named_rule("version_matrix.cells.interpreters.find_pythons", PythonsRequest, Pythons)
    _interpreter = named_rule(
        "version_matrix.cells.interpreters.find_matrix_interpreter",
        InterpreterRequest,
        MaybeInterpreter,
    )
    _markers = named_rule("version_matrix.cells.markers.read_markers", MarkersRequest, Markers)
    _installation = named_rule(
        "version_matrix.cells.wheels.install_wheels", InstallationRequest, Installation
    )
    _suite_pins = named_rule(
        "version_matrix.cells.wheel_groups.read_suite_pins", SuitePinsRequest, SuitePins
    )
    _environment = named_rule(
        "version_matrix.cells.environments.compose_environment",
        EnvironmentRequest,
        InstalledEnvironment,
    )
    _sample = named_rule(
        "version_matrix.generate.sampler.sample_releases", SamplingRequest, SamplingResult
    )
    _lock = named_rule("version_matrix.generate.locking.lock_sample", LockRequest, LockResult)
    _older_pins = named_rule(
        "version_matrix.generate.older_pins.find_older_pins", OlderPinsRequest, OlderPins
    )
    _python_news = named_rule(
        "version_matrix.generate.python_news.look_for_python_news", PythonNewsRequest, PythonNews
    )
    _cell_environment = named_rule(
        "version_matrix.cells.cell_environment.install_cell",
        CellEnvironmentRequest,
        InstalledEnvironment,
    )
    _turn = named_rule("version_matrix.cells.turns.take_turn", TurnRequest, Turn)
    _cell_process = named_rule(
        "version_matrix.cells.process.set_up_cell", CellProcessRequest, CellProcess
    )
    _closure = named_rule(
        "version_matrix.generate.closure.closure_of_suite", ClosureRequest, MaybeClosure
    )
    _suggestion = named_rule(
        "version_matrix.generate.suggestion.suggest", SuggestionRequest, Suggestion
    )
    _suite_update = named_rule(
        "version_matrix.generate.suite_update.update_suite", SuiteUpdateRequest, SuiteUpdate
    )
    _readout = named_rule("version_matrix.drafts.reading.read_source", ReadoutRequest, Readout)
    _lane = named_rule("version_matrix.generate.lanes.work_through", Lane, LaneResult)

    async def result_inputs() -> ResultInputs:
        """What results rest on beside code."""
        return await _result_inputs(ResultInputsRequest())

    async def change() -> Change:
        """What git says of the change that the command line names."""
        return await _change(ChangeRequest())

    async def removed() -> Removed:
        """What that change removed."""
        return await _removed(RemovedRequest())

    async def programs_named(names: Iterable[str]) -> tuple[Program, ...]:
        """Where each of these programs is."""
        return await concurrently(_program(ProgramRequest(name)) for name in names)

    async def programs(names: Iterable[str]) -> Programs:
        """The programs that a test declares."""
        return await _programs(ProgramsRequest(tuple(names)))

    async def note(remarks: Iterable[Remark]) -> None:
        """Notes what the last lines of this run shall say."""
        await concurrently(_note(each) for each in remarks)

    async def count(steps: Iterable[Step]) -> None:
        """Counts what is ahead or done in this run."""
        await concurrently(_count(each) for each in steps)

    async def note_end(end: CellEnd) -> None:
        """Notes for the end of this run how a cell ended."""
        await _note_end(end)

    async def pythons(request: PythonsRequest) -> Pythons:
        """All Pythons of the matrix that the machine has."""
        return await _pythons(request)

    async def interpreter(minor: str) -> MaybeInterpreter:
        """One Python of the matrix, if the machine has it."""
        return await _interpreter(InterpreterRequest(minor))

    async def markers(request: MarkersRequest) -> Markers:
        """What a Python says of itself in environment markers."""
        return await _markers(request)

    async def installed(requests: Iterable[InstallationRequest]) -> tuple[Installation, ...]:
        """What each wheel installs."""
        return await concurrently(_installation(each) for each in requests)

    async def suite_pins(request: SuitePinsRequest) -> SuitePins:
        """In which locks of a folder each pin stands."""
        return await _suite_pins(request)

    async def environment_of(request: EnvironmentRequest) -> InstalledEnvironment:
        """The packages of a lock, installed."""
        return await _environment(request)

    async def sampled(requests: Iterable[SamplingRequest]) -> tuple[SamplingResult, ...]:
        """The samples of each suite."""
        return await concurrently(_sample(request) for request in requests)

    async def locked(requests: Iterable[LockRequest]) -> tuple[LockResult, ...]:
        """The lock of each sample."""
        return await concurrently(_lock(request) for request in requests)

    async def older_pins(request: OlderPinsRequest) -> OlderPins:
        """Which pins of new locks are older for want of a wheel."""
        return await _older_pins(request)

    async def python_news(request: PythonNewsRequest) -> PythonNews:
        """What snapshots tell of Pythons."""
        return await _python_news(request)

    async def cell_environment(request: CellEnvironmentRequest) -> InstalledEnvironment:
        """The installed environment of a cell."""
        return await _cell_environment(request)

    async def turn(request: TurnRequest) -> Turn:
        """Waits until it is a cell's turn."""
        return await _turn(request)

    async def cell_process(request: CellProcessRequest) -> CellProcess:
        """The pytest process of a cell."""
        return await _cell_process(request)

    async def closures(requests: Iterable[ClosureRequest]) -> tuple[MaybeClosure, ...]:
        """What the code of each suite reaches."""
        return await concurrently(_closure(request) for request in requests)

    async def suite_update(request: SuiteUpdateRequest) -> SuiteUpdate:
        """What becomes of a suite."""
        return await _suite_update(request)

    async def suggested(requests: Iterable[SuggestionRequest]) -> tuple[Suggestion, ...]:
        """What the stanza of each suite would have to say."""
        return await concurrently(_suggestion(request) for request in requests)

    async def worked_through(lanes: Iterable[Lane]) -> tuple[SuiteUpdate, ...]:
        """What became of the suites that the lanes have shared."""
        done = await concurrently(_lane(lane) for lane in lanes)
        return tuple(update for each in done for update in each.updates)

    async def readout(request: ReadoutRequest) -> Readout:
        """What a reader tells of a file of the repository."""
        return await _readout(request)

else:
    from pants.engine.rules import Get, MultiGet

    async def result_inputs() -> ResultInputs:
        """What results rest on beside code."""
        return await Get(ResultInputs, ResultInputsRequest())

    async def change() -> Change:
        """What git says of the change that the command line names."""
        return await Get(Change, ChangeRequest())

    async def removed() -> Removed:
        """What that change removed."""
        return await Get(Removed, RemovedRequest())

    async def programs_named(names: Iterable[str]) -> tuple[Program, ...]:
        """Where each of these programs is."""
        return await MultiGet(Get(Program, ProgramRequest(name)) for name in names)

    async def programs(names: Iterable[str]) -> Programs:
        """The programs that a test declares."""
        return await Get(Programs, ProgramsRequest(tuple(names)))

    async def note(remarks: Iterable[Remark]) -> None:
        """Notes what the last lines of this run shall say."""
        await MultiGet(Get(Told, Remark, each) for each in remarks)

    async def count(steps: Iterable[Step]) -> None:
        """Counts what is ahead or done in this run."""
        await MultiGet(Get(Counted, Step, each) for each in steps)

    async def note_end(end: CellEnd) -> None:
        """Notes for the end of this run how a cell ended."""
        await Get(NotedEnd, CellEnd, end)

    async def pythons(request: PythonsRequest) -> Pythons:
        """All Pythons of the matrix that the machine has."""
        return await Get(Pythons, PythonsRequest, request)

    async def interpreter(minor: str) -> MaybeInterpreter:
        """One Python of the matrix, if the machine has it."""
        return await Get(MaybeInterpreter, InterpreterRequest(minor))

    async def markers(request: MarkersRequest) -> Markers:
        """What a Python says of itself in environment markers."""
        return await Get(Markers, MarkersRequest, request)

    async def installed(requests: Iterable[InstallationRequest]) -> tuple[Installation, ...]:
        """What each wheel installs."""
        return await MultiGet(Get(Installation, InstallationRequest, each) for each in requests)

    async def suite_pins(request: SuitePinsRequest) -> SuitePins:
        """In which locks of a folder each pin stands."""
        return await Get(SuitePins, SuitePinsRequest, request)

    async def environment_of(request: EnvironmentRequest) -> InstalledEnvironment:
        """The packages of a lock, installed."""
        return await Get(InstalledEnvironment, EnvironmentRequest, request)

    async def sampled(requests: Iterable[SamplingRequest]) -> tuple[SamplingResult, ...]:
        """The samples of each suite."""
        return await MultiGet(Get(SamplingResult, SamplingRequest, request) for request in requests)

    async def locked(requests: Iterable[LockRequest]) -> tuple[LockResult, ...]:
        """The lock of each sample."""
        return await MultiGet(Get(LockResult, LockRequest, request) for request in requests)

    async def older_pins(request: OlderPinsRequest) -> OlderPins:
        """Which pins of new locks are older for want of a wheel."""
        return await Get(OlderPins, OlderPinsRequest, request)

    async def python_news(request: PythonNewsRequest) -> PythonNews:
        """What snapshots tell of Pythons."""
        return await Get(PythonNews, PythonNewsRequest, request)

    async def cell_environment(request: CellEnvironmentRequest) -> InstalledEnvironment:
        """The installed environment of a cell."""
        return await Get(InstalledEnvironment, CellEnvironmentRequest, request)

    async def turn(request: TurnRequest) -> Turn:
        """Waits until it is a cell's turn."""
        return await Get(Turn, TurnRequest, request)

    async def cell_process(request: CellProcessRequest) -> CellProcess:
        """The pytest process of a cell."""
        return await Get(CellProcess, CellProcessRequest, request)

    async def closures(requests: Iterable[ClosureRequest]) -> tuple[MaybeClosure, ...]:
        """What the code of each suite reaches."""
        return await MultiGet(Get(MaybeClosure, ClosureRequest, request) for request in requests)

    async def suite_update(request: SuiteUpdateRequest) -> SuiteUpdate:
        """What becomes of a suite."""
        return await Get(SuiteUpdate, SuiteUpdateRequest, request)

    async def suggested(requests: Iterable[SuggestionRequest]) -> tuple[Suggestion, ...]:
        """What the stanza of each suite would have to say."""
        return await MultiGet(Get(Suggestion, SuggestionRequest, request) for request in requests)

    async def worked_through(lanes: Iterable[Lane]) -> tuple[SuiteUpdate, ...]:
        """What became of the suites that the lanes have shared."""
        done = await MultiGet(Get(LaneResult, Lane, lane) for lane in lanes)
        return tuple(update for each in done for update in each.updates)

    async def readout(request: ReadoutRequest) -> Readout:
        """What a reader tells of a file of the repository."""
        return await Get(Readout, ReadoutRequest, request)
