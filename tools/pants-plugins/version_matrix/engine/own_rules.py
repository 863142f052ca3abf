"""The plugin's own rules, as coroutines that ask for them."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Get, MultiGet

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
    Turn,
    TurnRequest,
)
from version_matrix.generate.requests import (
    ClosureRequest,
    Lane,
    LaneResult,
    LockRequest,
    LockResult,
    MaybeClosure,
    OlderPins,
    OlderPinsRequest,
    SamplingRequest,
    SamplingResult,
    SuiteUpdate,
    SuiteUpdateRequest,
)


async def interpreter(minor: str) -> MaybeInterpreter:
    """The CPython of a minor version, if the machine has one."""
    return await Get(MaybeInterpreter, InterpreterRequest(minor))


async def markers(request: MarkersRequest) -> Markers:
    """What a Python says of itself in environment markers."""
    return await Get(Markers, MarkersRequest, request)


async def installed(requests: Iterable[InstallationRequest]) -> tuple[Installation, ...]:
    """What each wheel installs."""
    return await MultiGet(Get(Installation, InstallationRequest, each) for each in requests)


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


async def worked_through(lanes: Iterable[Lane]) -> tuple[SuiteUpdate, ...]:
    """What became of the suites that the lanes have shared."""
    done = await MultiGet(Get(LaneResult, Lane, lane) for lane in lanes)
    return tuple(update for each in done for update in each.updates)
