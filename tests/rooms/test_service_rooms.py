"""The rooms of a service: each says what it is for and what it may import, and keeps to it.

`[import-rules]` gives an order in which rooms may use one another, and Pants holds them to it; what a
room says of itself may be narrower, and is never more than it needs.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

RULES = tomllib.loads(Path("pants.toml").read_text())["import-rules"]["rooms"]
ORDERS: dict[Path, tuple[str, ...]] = {
    Path(package): tuple(name.removesuffix(".py") for name in rooms["order"])
    for package, rooms in RULES.items()
    if package.startswith("services/")
}
ROOMS = [
    package / room
    for package, order in ORDERS.items()
    for room in order
    if (package / room / "__init__.py").exists()
]


@pytest.mark.parametrize("package", ORDERS, ids=str)
def test_every_folder_with_code_is_a_room(package: Path) -> None:
    folders = {path.relative_to(package).parts[0] for path in package.glob("*/**/*.py")}
    assert folders == {room.name for room in ROOMS if room.parent == package}


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_a_room_says_what_it_may_import_and_imports_that(room: Path) -> None:
    told = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    comes_in, goes_out, imports = told.splitlines()
    assert comes_in.startswith("In: ") and goes_out.startswith("Out: ")
    assert imports.startswith("May import: ")
    allowed = re.findall(r"`(\w+)`", imports)
    order = ORDERS[room.parent]
    assert allowed == [name for name in order[: order.index(room.name)] if name in allowed]
    assert {name for _, name in _imports(room)} - {room.name} == set(allowed), list(_imports(room))


def _imports(room: Path) -> Iterator[tuple[str, str]]:
    """The modules of a room, and what each imports of its package: a room, or a module beside them."""
    package = room.parent.name
    for module in sorted(room.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == package:
                names = [f"{package}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                if name.startswith(f"{package}."):
                    yield str(module), name.split(".")[1]
