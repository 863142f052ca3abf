"""What the machine lacks is not run, told in the last lines, never remembered, an error in CI."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Iterator, List

import pytest

from matrix_end_to_end.repository import MATRIX, SUITE, Repository

CELL = f"{MATRIX}#2.0.0@python=3.12"
NATIVE = "lib/tests/native/test_native.py:wanting"
PROGRAM = "matrix-example-program"
WANTED = f'programs=["no-such-program|{PROGRAM}"]'

TEST = (
    "import shutil\nimport subprocess\n\n\n"
    "def test_program() -> None:\n"
    f"    found = shutil.which('{PROGRAM}')\n"
    "    assert found and subprocess.check_output([found]) == b'{}\\n'\n"
)


@pytest.fixture(scope="module")
def folder(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where programs are searched; a suite and a native test want one that is not there."""
    folder = tmp_path_factory.mktemp("programs")
    repository.succeed("generate-matrix", "::")
    build = repository.read(f"{SUITE}/BUILD").replace(")\n", f", {WANTED})\n")
    toml = f'[test-programs]\nsearch_path = ["{folder}"]\ninstall_command = "tools/install"\n'
    repository.write(
        {
            "pants.toml": repository.read("pants.toml") + toml,
            f"{SUITE}/BUILD": build,
            f"{SUITE}/test_example.py": TEST.format("1"),
            "lib/tests/native/BUILD": f'python_program_tests(name="wanting", {WANTED})\n',
            "lib/tests/native/test_native.py": TEST.format("1"),
        }
    )
    repository.commit("want a program")
    yield folder


def install(folder: Path, says: str) -> None:
    program = folder / PROGRAM
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)


def last_lines(output: str) -> List[str]:
    return [line for line in output.splitlines() if line.strip()][-2:]


def test_what_wants_a_program_is_not_run_without_it_and_is_once_it_is_there(
    repository: Repository, folder: Path
) -> None:
    options = ("test", CELL, NATIVE)
    # Pants gives all native tests one PATH.
    path = os.pathsep.join((str(folder), repository.env["PATH"]))
    in_ci = {**repository.env, "CI": "true", "PATH": path}
    repository = Repository(repository.root, {n: v for n, v in in_ci.items() if n != "CI"})
    output = repository.succeed(*options)
    assert "succeeded" not in output
    told = f"not run for want of no-such-program or {PROGRAM}: "
    cells, tests = last_lines(output)
    assert f"1 cell {told}{CELL}. To fix, run `tools/install`." in cells
    assert f"1 test {told}{NATIVE}. To fix, run `tools/install`." in tests
    (report,) = (repository.root / "dist/test/reports").glob("*2.0.0*3.12.xml")
    assert '<skipped type="not-started"' in report.read_text()

    status, output = Repository(repository.root, in_ci).pants(*options)
    assert status == 1
    assert all("[ERROR]" in line for line in last_lines(output))

    install(folder, "1")
    output = repository.succeed(*options)
    assert output.count("succeeded in") == 2 and "cached" not in output
    assert "not run" not in output
    # A pass was made with that program, and is none of another.
    install(folder, "2")
    status, output = repository.pants(*options)
    assert status == 1 and len(re.findall(r"✕ .* failed in", output)) == 2


def test_what_is_left_out_is_told_in_every_run_of_a_daemon(repository: Repository) -> None:
    elsewhere = {name: repository.env[name] for name in repository.env if name != "CI"}
    repository = Repository(repository.root, elsewhere)
    python39 = os.path.dirname(os.path.realpath(sys.executable))
    arguments = (
        "--python-bootstrap-search-path=[]",
        f"--python-bootstrap-search-path=['{python39}']",
        "test",
        f"{MATRIX}#2.0.0",
    )
    for _ in range(2):
        _, output = repository.pants(*arguments)
        (line,) = [line for line in output.splitlines() if "not run for want of Python" in line]
        assert f"1 cell not run for want of Python 3.12 (3.12.1 or later): {CELL}. " in line
        assert "`uv python install 3.12`" in line
