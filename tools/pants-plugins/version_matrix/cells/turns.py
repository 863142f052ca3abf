"""In which order the cells of a run are begun: a few at a time, so that the first are done first.

Were all begun at once, every environment would be made before the first test ran, because
processes wait in one line; and so would native tests wait for all of them.
"""

from __future__ import annotations

from typing import Iterable, Mapping

from pants.engine.addresses import Address
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import CellEnvironmentRequest, CellQueue, Turn, TurnRequest
from version_matrix.cells.wheels import InstallationError

# So many that no slot for a process is ever empty, so few that the first test soon has its own.
_BEGUN_PER_PROCESS = 2


def turns_of(
    environments: Iterable[CellEnvironmentRequest], processes: int
) -> Mapping[Address, TurnRequest]:
    """When each of these cells is begun, given how many processes run at a time."""
    queue = CellQueue(tuple(environments), _BEGUN_PER_PROCESS * processes)
    return {each.address: TurnRequest(queue, index) for index, each in enumerate(queue.cells)}


def processes_at_a_time(options: GlobalOptions) -> int:
    """How many processes Pants runs at a time, here or on workers."""
    local = options.process_execution_local_parallelism
    remote = options.process_execution_remote_parallelism
    return max(local, remote) if options.remote_execution else local


@rule(level=LogLevel.TRACE)
async def take_turn(request: TurnRequest) -> Turn:
    """A cell's turn comes when the environment stands of the one `width` places before it."""
    before = request.index - request.queue.width
    if before >= 0:
        await engine.turn(TurnRequest(request.queue, before))
        try:
            await engine.cell_environment(request.queue.cells[before])
        except InstallationError:
            # That cell says so itself, and holds up no other.
            pass
    return Turn()


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
