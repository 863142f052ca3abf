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

# A Python that has no packages of its own, as those that cells run on.
PYTHON = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")

# Stands for a lock's pytest: tells what it sees, and does as it is told.
PYTEST = dedent("""\
    import json, os, subprocess, sys

    def hookimpl(**options):
        return lambda function: function

    def main(arguments, plugins):
        child = "import json, sys; print(json.dumps(sys.path))"
        seen = {
            "arguments": arguments,
            "path": sys.path,
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "child's path": json.loads(subprocess.check_output([sys.executable, "-c", child])),
        }
        with open("seen.json", "w") as file:
            json.dump(seen, file)
        return int(arguments[0])
    """)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as the plugin lays it out."""

    root: Path

    def write(self, path: str, text: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [str(PYTHON), "-s", "__cell/run_cell.py", *arguments],
            cwd=self.root,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
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
    sandbox.write("__deps/pytest.py", PYTEST)
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
    deps = "--environment=__deps"
    assert sandbox.run(deps, "--", str(status)).returncode == expected
    listed = sandbox.run(deps, "--expect-failure", "--", str(status))
    assert listed.returncode == expected_of_a_known_failure
    passes = "This cell is listed as a known failure, but it passes.\n"
    assert listed.stderr == (passes if status == 0 else "")


def test_sources_come_first_and_packages_next_each_in_order(sandbox: Sandbox) -> None:
    for folder in ("src", "tests", "__coverage"):
        sandbox.write(f"{folder}/empty")
    result = sandbox.run(
        "--sources=src",
        "--environment=__deps",
        "--sources=tests",
        "--environment=__coverage",
        *("--", "0", "-k", "--", "x"),
    )
    assert (result.returncode, result.stderr) == (0, "")
    first = [str(sandbox.root / name) for name in ("src", "tests", "__deps", "__coverage")]
    seen = sandbox.seen
    assert seen["path"][:4] == first
    assert seen["PYTHONPATH"] == os.pathsep.join(first)
    # What a test starts finds the same, after the folder it is started in.
    assert seen["child's path"][1:5] == first
    assert seen["arguments"] == ["0", "-k", "--", "x"]


def test_the_folder_of_the_script_is_no_place_to_import_from(sandbox: Sandbox) -> None:
    sandbox.write("__cell/httpx.py")
    sandbox.run("--environment=__deps", "--", "0")
    assert str(sandbox.root / "__cell") not in sandbox.seen["path"]
    assert len(set(sandbox.seen["path"])) == len(sandbox.seen["path"])


def test_the_root_of_the_sandbox_can_be_a_source_root(sandbox: Sandbox) -> None:
    sandbox.run("--sources=.", "--environment=__deps", "--", "0")
    assert sandbox.seen["path"][:2] == [str(sandbox.root), str(sandbox.root / "__deps")]


def test_path_configuration_files_of_packages_count(sandbox: Sandbox) -> None:
    """https://docs.python.org/3/library/site.html"""
    sandbox.write("__deps/nested/inside.py")
    sandbox.write("__deps/package.pth", "nested\nimport sys; sys.path.append('from a .pth')\n")
    sandbox.run("--sources=src", "--environment=__deps", "--", "0")
    path = sandbox.seen["path"]
    assert path[:2] == [str(sandbox.root / "src"), str(sandbox.root / "__deps")]
    assert str(sandbox.root / "__deps/nested") in path[2:]
    assert "from a .pth" in path


def test_first_party_sources_win_over_packages_of_the_same_name(sandbox: Sandbox) -> None:
    sandbox.write("src/pytest.py", PYTEST.replace("int(arguments[0])", "42"))
    assert sandbox.run("--sources=src", "--environment=__deps", "--", "0").returncode == 42


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
    packages = Path(pytest.__file__).parents[1]
    arguments = ("--sources=src", f"--environment={packages}")
    rest = ("--", "-p", "no:cacheprovider", "tests/test_it.py")
    plain = sandbox.run(*arguments, *rest)
    assert plain.returncode == status, plain.stdout + plain.stderr
    assert sandbox.run(*arguments, "--expect-failure", *rest).returncode == of_a_known_failure


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
        f"--environment={Path(pytest.__file__).parents[1]}",
        *("--", "-p", "no:cacheprovider", "--junit-xml=it.xml", *arguments, "tests/test_it.py"),
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
    packages = Path(pytest.__file__).parents[1]
    result = sandbox.run(
        f"--environment={packages}",
        "--expect-failure",
        *("--", "-p", "no:cacheprovider", *arguments, "tests/test_it.py"),
    )
    assert result.returncode == of_a_known_failure, result.stdout + result.stderr
