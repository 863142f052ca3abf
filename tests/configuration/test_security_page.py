"""Every line of the threat model names a test that exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path("docs/security.md")
ATTACKERS = {
    *("an index", "a mirror", "whoever can upload to one of two indexes", "a package's author"),
    *(
        "a build step",
        "a third party's tests",
        "a request from a fork",
        "a neighbour on the runner",
    ),
    *("a visitor of the board", "whoever has the board's token", "a client of a service"),
}


def lines(page: str) -> Iterator[list[str]]:
    """The cells of each line of the table whose last column is `test`."""
    within = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            within = False
        elif within and set(line) - set("|- "):
            yield cells
        elif cells[-1] == "test":
            within = True


def names_in(source: str) -> set[str]:
    """The names of the test functions of a module, in classes as well."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, functions) and node.name.startswith("test_")
    }


LINES = list(lines(PAGE.read_text()))


def test_every_attacker_is_there() -> None:
    assert {line[0] for line in LINES} == ATTACKERS
    assert len({tuple(line) for line in LINES}) == len(LINES) > 30


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[-1].rpartition("::")[2].strip("`"))
def test_a_line_names_a_test_that_exists(line: list[str]) -> None:
    assert len(line) == 4 and all(line)
    found = re.fullmatch(r"`([\w/.-]+\.py)::(test_\w+)`", line[-1])
    assert found, f"expected `path/to/test_file.py::test_name`, got {line[-1]}"
    path, name = found.groups()
    assert Path(path).is_file(), f"{path} is not there; list it in //:named-tests in BUILD"
    assert name in names_in(Path(path).read_text()), f"{path} has no {name}"


def test_what_is_read_of_the_page() -> None:
    page = "| a | b |\n| - | - |\n| x | y |\n\n| who | test |\n| --- | --- |\n| z | `t` |\nend\n| n | m |\n"
    assert list(lines(page)) == [["z", "`t`"]]
    assert names_in("class A:\n    def test_b(self): ...\ndef c(): ...\n") == {"test_b"}
