"""What the drill decides: which faults, and what a state means; and that it sees what is amiss."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pytest

from drill.blows import KILLS, Aftermath, Blow, Known, schedule, standing, table, verdict
from drill.commands import Command, files_parts, rows_parts, tables_of
from drill.drilling import undisturbed
from drill.small_disk import Disk

OLD, NEW = {"a": "1", "b": "1"}, {"a": "2", "b": "2", "c": "2"}


def test_a_schedule_is_that_of_its_seed_and_begins_with_every_fault() -> None:
    faults = {"x": ("kill", "term", "disk"), "y": ("disk", "kill writing")}
    first, again, other = (list(islice(schedule(seed, faults), 200)) for seed in (1, 1, 2))
    assert first == again != other
    assert {blow.fault for blow in first[:6] if blow.command == "x"} == set(faults["x"])
    assert {blow.fault for blow in first[:4] if blow.command == "y"} == set(faults["y"])
    assert all(0 <= blow.moment < 1 for blow in first)
    assert sum(blow.fault in KILLS for blow in first) > 100


@pytest.mark.parametrize(
    ("found", "whole", "told"),
    [
        (OLD, True, "old"),
        (NEW, True, "new"),
        ({"a": "2", "b": "1"}, True, "NEITHER"),
        ({"a": "2", "b": "1"}, False, "in part"),
        ({"a": "2", "b": "1", "c": "2"}, False, "in part"),
        ({"a": "2", "b": "half"}, False, "NEITHER"),
        # Where it was before and after, it has to be.
        ({"a": "2"}, False, "NEITHER"),
        ({**OLD, "strange": "1"}, False, "NEITHER"),
    ],
)
def test_where_a_state_stands(found: Mapping[str, str], whole: bool, told: str) -> None:
    assert standing(Known(OLD, NEW, whole), found) == told


@pytest.mark.parametrize(
    ("aftermath", "causes", "told"),
    [
        (Aftermath(OLD, -9, "", 0, NEW), (), "old"),
        (Aftermath({}, -9, "", 0, NEW), (), "NEITHER"),
        (Aftermath(OLD, -9, "", 1, NEW), (), "NEXT RUN FAILED"),
        (Aftermath(OLD, -9, "", 0, OLD), (), "NEXT RUN FAILED"),
        (Aftermath(OLD, -9, "", 0, NEW, "a folder"), (), "LEFT BEHIND"),
        (Aftermath(OLD, 1, "error: No space left", 0, NEW), ("no space",), "old"),
        (Aftermath(OLD, 1, "error", 0, NEW), ("no space",), "CAUSE NOT TOLD"),
        (Aftermath(NEW, 3, "", 0, NEW), ("no space",), "new"),
    ],
)
def test_how_a_blow_ended(aftermath: Aftermath, causes: tuple[str, ...], told: str) -> None:
    assert verdict(Known(OLD, NEW), aftermath, causes, (0, 3)) == told


def test_the_table_counts_all() -> None:
    counts = {("plan", "kill", "old"): 3, ("plan", "kill", "new"): 1, ("plan", "disk", "old"): 2}
    told = table(Counter(counts)).splitlines()
    assert told[0].split() == ["command", "fault", "times", "old", "new", "in", "part"]
    assert told[2].split() == ["plan", "kill", "4", "3", "1", "0"]
    assert told[-1] == "6 faults, 4 of them kills; 0 amiss"
    amiss = table(Counter({("plan", "kill", "NEITHER"): 1}))
    assert "NEITHER" in amiss and amiss.endswith("1 of them kills; 1 amiss")


def test_states(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("made at 12:00")
    at_twelve = files_parts(tmp_path, volatile=(r"\d+:\d+",))
    (tmp_path / "a").write_text("made at 13:00")
    assert files_parts(tmp_path, volatile=(r"\d+:\d+",)) == at_twelve
    assert files_parts(tmp_path) == {"a": hashlib.sha256(b"made at 13:00").hexdigest()}
    with sqlite3.connect(tmp_path / "b") as database:
        database.execute("CREATE TABLE t (x)")
    before = rows_parts(tmp_path / "b", tables_of(tmp_path / "b"))
    with sqlite3.connect(tmp_path / "b") as database:
        database.execute("INSERT INTO t VALUES (1)")
    after = rows_parts(tmp_path / "b", tables_of(tmp_path / "b"))
    assert before["sound"] == after["sound"] == "ok" and before["t"] != after["t"]


CARELESS = """
import sys
with open("written/file", "w") as file:
    file.write("new " * 50)
    file.flush()
    file.write("new " * 50)
"""
CAREFUL = """
import os
with open("written/.new", "w") as file:
    file.write("new " * 100)
os.replace("written/.new", "written/file")
"""


@pytest.mark.parametrize(("program", "told"), [(CARELESS, "NEITHER"), (CAREFUL, "old")])
def test_it_sees_what_is_half_written(tmp_path: Path, program: str, told: str) -> None:
    written = tmp_path / "written"
    written.mkdir()

    command = Command(
        argv=(sys.executable, "-c", program),
        environment={},
        folder=tmp_path,
        disk=Disk(tmp_path, small=False),
        written=written,
        reset=lambda: (written / "file").write_text("old"),
        state=lambda: files_parts(written, below="[!.]*"),
        logs=True,
    )
    outcome, seen = undisturbed("writing", command).struck(Blow("writing", "disk", 0.5))
    assert outcome == told, seen
    assert "File too large" in seen
