"""The folders of the library: no import against the flow of the data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import release_sampler

SOURCES = Path(release_sampler.__file__).parent
#: Room -> the rooms whose modules its own may import. What is in none of them may import all.
ROOMS: dict[str, frozenset[str]] = {
    "basis": frozenset(),
    "documents": frozenset({"basis"}),
    "choice": frozenset({"basis"}),
    "index": frozenset({"basis"}),
    "answers": frozenset({"basis", "documents", "choice"}),
}


def test_every_folder_is_a_room_and_says_what_it_is_for() -> None:
    folders = {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    assert folders == set(ROOMS)
    for room, allowed in ROOMS.items():
        said = ast.get_docstring(ast.parse((SOURCES / room / "__init__.py").read_text())) or ""
        assert said.startswith("In: ") and " Out: " in said
        told = said[said.index("May import: ") :].partition(".")[0]
        assert {word for word in ROOMS if f"`{word}`" in told} == allowed


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_imported_against_the_flow(room: str) -> None:
    for module in sorted((SOURCES / room).glob("*.py")):
        for imported in _imports(module):
            assert imported in {room, *ROOMS[room]}, f"{module.name} imports {imported}"


def _imports(module: Path) -> Iterator[str]:
    """The rooms (or modules beside them) of this library that a module imports."""
    for node in ast.walk(ast.parse(module.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] == "release_sampler":
                yield (name.split(".") + ["release_sampler"])[1]
