"""What the drill decides: which faults, and what a state means."""

from __future__ import annotations

import sqlite3
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from fault_drill import FAULTS, files_state, rows_state, schedule, table, verdict


def test_a_schedule_is_that_of_its_seed_and_has_every_fault_for_every_command() -> None:
    first, again, other = (list(islice(schedule(seed, "ab"), 200)) for seed in (1, 1, 2))
    assert first == again != other
    assert {(blow.command, blow.fault) for blow in first} == {(c, f) for c in "ab" for f in FAULTS}
    assert all(0 <= blow.moment < 1 for blow in first)


@pytest.mark.parametrize(
    ("found", "again", "after", "told"),
    [
        ("old", 0, "new", "old"),
        ("new", 0, "new", "new"),
        ("half", 0, "new", "NEITHER OLD NOR NEW"),
        ("old", 1, "new", "NEXT RUN FAILED"),
        ("new", 0, "half", "NEXT RUN FAILED"),
    ],
)
def test_what_a_state_means(found: str, again: int, after: str, told: str) -> None:
    assert verdict("old", "new", found, again, after) == told


def test_the_table_counts_all() -> None:
    told = table(Counter({("plan", "kill", "old"): 3, ("plan", "kill", "new"): 1}))
    assert told.splitlines()[1].split() == ["plan", "kill", "3", "1", "0", "0"]
    assert told.endswith("\n4 faults")


def test_states(tmp_path: Path) -> None:
    empty = files_state(tmp_path)
    (tmp_path / "a").write_text("1")
    assert files_state(tmp_path) != empty
    with sqlite3.connect(tmp_path / "b") as database:
        database.execute("CREATE TABLE t (x)")
    assert rows_state(tmp_path / "b") == "ok {'t': 0}"
