from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any
from xml.etree import ElementTree

import pytest

from version_matrix.sandbox import run_cell

SCRIPT = Path(run_cell.__file__)

# Stands for a lock's pytest: tells what it sees, and does as it is told.
PYTEST = dedent("""\
    import json, sys

    def hookimpl(**options):
        return lambda function: function

    def main(arguments, plugins):
        with open("seen.json", "w") as file:
            json.dump({"arguments": arguments, "path": sys.path}, file)
        return int(arguments[0])
    """)

# Stands for the environment: where the real pytest is, and what it needs.
REAL = Path(pytest.__file__).parents[1]


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as the plugin lays it out."""

    root: Path

    def write(self, path: str, text: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(
        self, *arguments: str, packages: str | Path = "stub", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(self.root / packages), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-s", "__cell/run_cell.py", *arguments],
            cwd=self.root,
            env={**variables, **environment},
            capture_output=True,
            text=True,
        )

    @property
    def seen(self) -> Any:
        return json.loads((self.root / "seen.json").read_text())


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path.resolve())
    sandbox.write("__cell/run_cell.py", SCRIPT.read_text())
    sandbox.write("stub/pytest.py", PYTEST)
    return sandbox


def test_the_script_is_written_for_the_oldest_python() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize(
    "status, expected, expected_of_a_known_failure",
    [
        # https://docs.pytest.org/en/stable/reference/exit-codes.html
        (0, 0, 1),
        (1, 1, 0),
        # A module that cannot be imported interrupts the collection, and a conftest is misuse.
        (2, 2, 0),
        (3, 3, 0),
        (4, 4, 0),
        # Nothing that was run can have failed.
        (5, 5, 5),
    ],
)
def test_the_exit_status(
    sandbox: Sandbox, status: int, expected: int, expected_of_a_known_failure: int
) -> None:
    assert sandbox.run("--", str(status)).returncode == expected
    listed = sandbox.run("--expect-failure", "--", str(status))
    assert listed.returncode == expected_of_a_known_failure
    passes = "This cell is listed as a known failure, but it passes.\n"
    assert listed.stderr == (passes if status == 0 else "")


def test_sources_come_first_in_their_order(sandbox: Sandbox) -> None:
    rest = ("--", "0", "-k", "--", "x")
    result = sandbox.run("--sources=src", "--sources=stub", "--sources=.", *rest)
    assert (result.returncode, result.stderr) == (0, "")
    first = [str(sandbox.root / name) for name in ("src", "stub")] + [str(sandbox.root)]
    assert sandbox.seen["path"][:3] == first
    # What the environment names as well is there once.
    assert sandbox.seen["path"].count(str(sandbox.root / "stub")) == 1
    assert sandbox.seen["arguments"] == list(rest[1:])


def test_the_folder_of_the_script_is_no_place_to_import_from(sandbox: Sandbox) -> None:
    sandbox.write("__cell/httpx.py")
    sandbox.run("--", "0")
    assert str(sandbox.root / "__cell") not in sandbox.seen["path"]


def test_first_party_sources_win_over_packages_of_the_same_name(sandbox: Sandbox) -> None:
    sandbox.write("src/pytest.py", PYTEST.replace("int(arguments[0])", "42"))
    assert sandbox.run("--sources=src", "--", "0").returncode == 42


def test_the_head_of_the_output_says_what_the_cell_is(sandbox: Sandbox) -> None:
    sandbox.write("tests/test_it.py", "def test(): pass\n")
    rest = ("--", "-p", "no:cacheprovider", "tests/test_it.py")
    told = sandbox.run(
        *rest,
        packages=REAL,
        MATRIX_PACKAGE="httpx",
        MATRIX_VERSION="0.28.1",
        MATRIX_PYTHON="3.12",
    )
    assert "matrix: httpx 0.28.1 on Python 3.12\n" in told.stdout
    floors = sandbox.run(*rest, packages=REAL, MATRIX_VERSION="lowest", MATRIX_PYTHON="3.12")
    assert "matrix: lowest on Python 3.12\n" in floors.stdout
    combination = sandbox.run(
        *rest,
        packages=REAL,
        MATRIX_PACKAGE="pydantic",
        MATRIX_VERSION="2.0",
        MATRIX_PYTHON="3.12",
        MATRIX_AXES="pydantic-core,redis",
        MATRIX_VERSION_PYDANTIC="2.0",
        MATRIX_VERSION_PYDANTIC_CORE="2.0.1",
        MATRIX_VERSION_REDIS="5.0",
    )
    assert (
        "matrix: pydantic 2.0 with pydantic-core 2.0.1 with redis 5.0 on Python 3.12\n"
        in combination.stdout
    )


@pytest.mark.parametrize(
    "test, status, of_a_known_failure",
    [
        ("def test(): assert module.ONE == 1", 0, 1),
        ("def test(): assert module.ONE == 2", 1, 0),
        ("import no_such_module", 2, 0),
        ("", 5, 5),
    ],
)
def test_a_real_pytest_runs_the_tests_and_finds_the_sources(
    sandbox: Sandbox, test: str, status: int, of_a_known_failure: int
) -> None:
    sandbox.write("src/module.py", "ONE = 1\n")
    sandbox.write("tests/test_it.py", f"import module\n\n\n{test}\n")
    rest = ("--", "-p", "no:cacheprovider", "tests/test_it.py")
    plain = sandbox.run("--sources=src", *rest, packages=REAL)
    assert plain.returncode == status, plain.stdout + plain.stderr
    listed = sandbox.run("--sources=src", "--expect-failure", *rest, packages=REAL)
    assert listed.returncode == of_a_known_failure


CONFTEST = """
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=items[1:])
    del items[1:]
"""


@pytest.mark.parametrize(
    "conftest, arguments, selection",
    [
        ("", (), []),
        ("", ("-k", "test"), []),
        ("", ("-k", "one"), ["-k one"]),
        ("", ("-m", "not slow", "-k", "one"), ["-k one -m not slow"]),
        ("", ("--deselect", "tests/test_it.py::test_two"), ["1 left out"]),
        ("", ("-vkone",), ["-k one"]),
        # What the repository leaves out itself is no part of the cell.
        (CONFTEST, (), []),
    ],
)
def test_the_junit_file_says_what_was_selected(
    sandbox: Sandbox, conftest: str, arguments: tuple[str, ...], selection: list[str]
) -> None:
    sandbox.write("tests/conftest.py", conftest)
    sandbox.write("tests/test_it.py", "def test_one(): pass\n\n\ndef test_two(): pass\n")
    result = sandbox.run(
        *("--", "-p", "no:cacheprovider", "--junit-xml=it.xml", *arguments, "tests/test_it.py"),
        packages=REAL,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    found = ElementTree.parse(sandbox.root / "it.xml").iterfind("testsuite/properties/property")
    assert [(each.get("name"), each.get("value")) for each in found] == [
        ("selection", told) for told in selection
    ]


@pytest.mark.parametrize(
    "conftest, arguments, of_a_known_failure",
    [
        # Deselected by arguments: what passes is not the cell.
        ("", ("-k", "one"), 0),
        ("", ("--deselect", "tests/test_it.py::test_two"), 0),
        ("", ("-k", "test"), 1),
        (CONFTEST, (), 1),
        # Wrong arguments are nobody's known failure; a conftest that cannot be imported may be.
        ("", ("--no-such-option",), 4),
        ("import no_such_module", (), 0),
    ],
)
def test_what_a_known_failure_is_judged_by(
    sandbox: Sandbox, conftest: str, arguments: tuple[str, ...], of_a_known_failure: int
) -> None:
    sandbox.write("tests/conftest.py", conftest)
    sandbox.write("tests/test_it.py", "def test_one(): pass\n\n\ndef test_two(): pass\n")
    result = sandbox.run(
        "--expect-failure",
        *("--", "-p", "no:cacheprovider", *arguments, "tests/test_it.py"),
        packages=REAL,
    )
    assert result.returncode == of_a_known_failure, result.stdout + result.stderr


def test_a_file_that_other_cells_have_as_well_is_not_to_be_written_into(sandbox: Sandbox) -> None:
    sandbox.write("wheel/module.py", "ONE = 1\n")
    sandbox.write(".venv/lib/of_the_cell_alone.py")
    linked = sandbox.root / ".venv/lib/module.py"
    os.link(sandbox.root / "wheel/module.py", linked)
    large = sandbox.root / ".venv/lib/large.so"
    sandbox.write("wheel/large.so", "x" * 512 * 1024)
    os.link(sandbox.root / "wheel/large.so", large)
    sandbox.write(".venv/pyvenv.cfg")
    made = (sandbox.root / ".venv/pyvenv.cfg").stat().st_mtime
    environment = str(sandbox.root / ".venv")
    for path, seconds, found in (
        (linked, -1, None),
        (sandbox.root / ".venv/lib/of_the_cell_alone.py", 1, None),
        (large, 1, None),
        (linked, 1, "lib/module.py"),
    ):
        os.utime(path, (made + seconds, made + seconds))
        assert run_cell.rewritten(environment) == found
