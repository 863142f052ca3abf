"""The picture of the rooms in the README is that of the folders."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OUTSIDE = ("engine", "locks", "sandbox")
# From the top of the picture to its foot: rooms of one storey may not import each other.
STOREYS = (
    ("goals",),
    ("bisection", "shards", "gate"),
    ("generate", "cells", "selection", "report", "drafts"),
    ("causes",),
    ("tools", "disk"),
    ("stanza",),
    ("programs",),
    ("not_run",),
    ("progress",),
)
ROOMS = tuple(room for storey in STOREYS for room in storey)


def picture() -> str:
    section = (HERE / "README.md").read_text().split("## How it works")[1]
    return section.split("```")[1]


def test_the_picture_has_every_folder_once_and_in_the_order_of_the_flow() -> None:
    drawn = re.findall(r"\b([a-z_]+)/  ", picture())
    folders = {path.parent.name for path in HERE.glob("*/__init__.py")}
    assert sorted(drawn) == sorted(folders)
    assert tuple(room for room in drawn if room not in OUTSIDE) == ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_comes_in_what_goes_out_and_what_it_may_import(room: str) -> None:
    told = ast.get_docstring(ast.parse((HERE / room / "__init__.py").read_text()))
    assert told is not None
    _, flow, imports = told.replace("\n\n", "\n").splitlines()
    assert flow.startswith("In: ") and " Out: " in flow
    named = set(re.findall(r"`([a-z_]+)`", imports)) - set(OUTSIDE)
    below = STOREYS[next(at for at, storey in enumerate(STOREYS) if room in storey) + 1 :]
    allowed = {other for storey in below for other in storey}
    assert named <= allowed
    assert named or imports in ("It may import every room.", "It imports no other room.")
