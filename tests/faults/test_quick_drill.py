"""A quick selection of benchmarks/fault_drill.py: each fault once, of what starts without Pants.

Those of Pants, whose start alone takes half a minute, and a clock that goes wrong, for which a library
of the system is wanted, are in the drill; `tests/matrix_end_to_end/test_generate_faults.py` has
kills and an index that fails for `generate-matrix`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from drill.blows import BAD, Blow
from drill.commands import MACHINE
from drill.drilling import undisturbed
from fault_drill import others

#: Of the answers of an index those that have no end: for the others, see test_index_faults.py.
SELECTION = {
    "plan": (*MACHINE, "index: silent", "index: endless"),
    "board": ("kill writing", "disk"),
    "watcher": ("kill writing", "disk"),
    "prepare": ("kill", "disk", "two at once"),
    "publish": ("kill writing", "kill", "term", "read-only", "two at once"),
}


@pytest.mark.parametrize("name", SELECTION)
def test_nothing_is_lost(name: str, tmp_path: Path) -> None:
    # Another one each time would be found by nobody again.
    chance = random.Random(name)
    with others([name], tmp_path) as commands:
        drill = undisturbed(name, commands[name], warm=True)
        ended = {
            blow: drill.struck(blow)
            for blow in (Blow(name, fault, chance.random()) for fault in SELECTION[name])
        }
    amiss = [f"{blow}: {how}\n{seen}" for blow, (how, seen) in ended.items() if how in BAD]
    assert not amiss, "\n".join(amiss)
