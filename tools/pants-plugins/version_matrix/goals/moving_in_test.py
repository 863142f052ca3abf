"""docs/moving-in.md names fields, goals and options that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from version_matrix.drafts.reading import UnreadableSource, reader_of
from version_matrix.goals.draft_suites import DraftSuitesSubsystem
from version_matrix.goals.generate_matrix import GenerateMatrixSubsystem
from version_matrix.goals.matrix import MatrixSubsystem
from version_matrix.stanza.targets import MatrixTestsTarget

PAGE = Path("docs/moving-in.md")
# In the README of this repository, and of Pants.
OTHER_GOALS = {"test"}
GOALS = {
    subsystem.name: {
        flag
        for attribute, option in vars(subsystem).items()
        if hasattr(option, "_flag_names")
        for flag in option._flag_names or (f"--{attribute.replace('_', '-')}",)
    }
    for subsystem in (DraftSuitesSubsystem, GenerateMatrixSubsystem, MatrixSubsystem)
}


def right_columns() -> "list[str]":
    """What the tables say that something becomes here."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [re.split(r"(?<!\\)\|", row)[2].strip() for row in rows]
    return [cell for cell in cells if cell not in ("here", "---")]


def test_every_field_that_a_table_names_is_one_of_the_stanza() -> None:
    fields = {
        field.alias for field in (*MatrixTestsTarget.core_fields, *MatrixTestsTarget.moved_fields)
    }
    named = {
        match[1]
        for cell in right_columns()
        for code in re.findall(r"`([^`]+)`", cell)
        if (match := re.match(r"([a-z][a-z_]*)(?:=.*)?$", code))
    }
    assert len(named) > 8
    assert named <= fields


def test_every_command_has_its_goal_and_its_options() -> None:
    commands = re.findall(r"\./pants ([^`\n]+)", PAGE.read_text())
    assert len(commands) > 5
    for command in commands:
        goal, *arguments = command.partition(" -- ")[0].split()
        assert goal in {*GOALS, *OTHER_GOALS}, command
        for argument in arguments:
            if argument.startswith("--"):
                assert argument.partition("=")[0] in GOALS[goal], command


def test_nox_is_sent_to_the_page() -> None:
    with pytest.raises(UnreadableSource, match="docs/moving-in.md"):
        reader_of("sub/noxfile.py", None, None)  # type: ignore[arg-type]
    with pytest.raises(UnreadableSource, match="expected tox.ini"):
        reader_of("conf.yaml", None, None)  # type: ignore[arg-type]
