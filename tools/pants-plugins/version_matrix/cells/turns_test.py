from __future__ import annotations

import pytest
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.addresses import Address
from pants.option.global_options import GlobalOptions
from pants.testutil.option_util import create_subsystem
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks
from pants.util.frozendict import FrozenDict

from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    InstalledEnvironment,
    Turn,
    TurnRequest,
)
from version_matrix.cells.turns import processes_at_a_time, take_turn, turns_of

PYTHON = PythonExecutable("/usr/bin/python", fingerprint="0")
CELLS = [
    CellEnvironmentRequest(Address("lib", generated_name=f"{number}"), PYTHON)
    for number in range(9)
]


def waits_for(index: int) -> list[str]:
    """Whose environments and turns a cell waits for, two cells a process, one process."""
    seen: list[str] = []

    def environment(request: CellEnvironmentRequest) -> InstalledEnvironment:
        seen.append(f"environment {request.address.generated_name}")
        return InstalledEnvironment(FrozenDict())

    def turn(request: TurnRequest) -> Turn:
        seen.append(f"turn {request.index}")
        return Turn()

    run_rule_with_mocks(
        take_turn,
        rule_args=[turns_of(CELLS, 1)[CELLS[index].address]],
        mock_gets=[
            MockGet(output_type=Turn, input_types=(TurnRequest,), mock=turn),
            MockGet(
                output_type=InstalledEnvironment,
                input_types=(CellEnvironmentRequest,),
                mock=environment,
            ),
        ],
    )
    return seen


@pytest.mark.parametrize(
    "index, seen",
    [(0, []), (1, []), (2, ["turn 0", "environment 0"]), (8, ["turn 6", "environment 6"])],
)
def test_a_few_cells_are_begun_at_a_time(index: int, seen: list[str]) -> None:
    assert waits_for(index) == seen


def test_queues_are_told_apart() -> None:
    one, same, other = turns_of(CELLS, 1), turns_of(list(CELLS), 1), turns_of(CELLS[:5], 1)
    address = CELLS[0].address
    assert one[address] == same[address] and hash(one[address]) == hash(same[address])
    assert one[address] != other[address]


@pytest.mark.parametrize("remote, processes", [(False, 2), (True, 128)])
def test_workers_count(remote: bool, processes: int) -> None:
    options = create_subsystem(
        GlobalOptions,
        process_execution_local_parallelism=2,
        process_execution_remote_parallelism=128,
        remote_execution=remote,
    )
    assert processes_at_a_time(options) == processes
