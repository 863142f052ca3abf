"""`generate-matrix` when the index fails, a suite fails, or it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from typing import Callable, Dict, Mapping

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import Repository

pytestmark = pytest.mark.usefixtures("pristine")

UPLOADED = "2024-01-01T00:00:00Z"


def impatient(repository: Repository) -> Repository:
    """The repository of someone whose pip does not wait for long, nor try often."""
    pip = {"PIP_DEFAULT_TIMEOUT": "1", "PIP_RETRIES": "1"}
    return replace(repository, env={**repository.env, **pip})


def add_suite(repository: Repository, name: str, more: str = "") -> str:
    """Writes a suite of the package `matrix-NAME`, with more fields; returns its folder."""
    folder = f"lib/tests/{name}"
    stanza = f'python_matrix_tests(name="matrix", package="matrix-{name}>=1"{more})\n'
    test = "def test_it() -> None:\n    assert True\n"
    repository.write({f"{folder}/BUILD": stanza, f"{folder}/test_it.py": test})
    return folder


FAULTS: Mapping[str, Callable[[PackageIndex, str], object]] = {
    "absent": lambda index, name: None,
    "not-found": lambda index, name: index.fail(name, 404),
    "forbidden": lambda index, name: index.fail(name, 403),
    "too-many": lambda index, name: index.fail(name, 429),
    "broken": lambda index, name: index.fail(name, 500, b"broken"),
    "garbage": lambda index, name: index.fail(name, 200, b"<!doctype html><p>no package at all"),
    "half": lambda index, name: index.break_off(name),
    "slow": lambda index, name: index.hold(name),
}


def test_suites_whose_index_fails_are_told_one_by_one_and_leave_the_others_be(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> None:
    for name, fail in FAULTS.items():
        add_suite(repository, name)
        if name != "absent":
            index.release(f"matrix-{name}", "1.0.0", uploaded=UPLOADED)
        fail(index, f"matrix-{name}")
    index.fail("matrix-example", 500)
    index.release("matrix-well", "1.0.0", uploaded=UPLOADED)
    add_suite(repository, "well")
    add_suite(repository, "misled", ', dependencies=["lib/src/lib:nowhere"]')
    code, output = impatient(repository).pants("generate-matrix", "::")
    assert code == 1, output
    causes = {name: f"matrix-{name}" for name in (*FAULTS, "example")}
    for name, cause in {**causes, "misled": "lib/src/lib:nowhere"}.items():
        assert f"lib/tests/{name}:matrix: FAILED, nothing written" in output, name
        assert cause in output, name
    assert "Traceback" not in output
    assert repository.generated() == generated
    assert not any(repository.generated(f"lib/tests/{name}") for name in (*FAULTS, "misled"))
    assert "1.0.0.lock" in repository.generated("lib/tests/well")


def test_an_index_that_fails_while_locking_is_told_once_and_no_rule_is_blamed(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> None:
    told = {"broken": "500", "half": "matrix-helper-half", "slow": "matrix-helper-slow"}
    for name in told:
        helper = f"matrix-helper-{name}"
        index.release(helper, "1.0", uploaded=UPLOADED)
        FAULTS[name](index, helper)
        for version in ("1.0.0", "1.1.0", "1.2.0"):
            index.release(f"matrix-{name}", version, uploaded=UPLOADED)
        add_suite(repository, name, f', requirements={{"<1.2": ["{helper}"]}}')
    code, output = impatient(repository).pants("generate-matrix", "::")
    assert code == 1, output
    for name, cause in told.items():
        suite = f"lib/tests/{name}:matrix"
        assert output.count(f"{suite} could not be locked (samples 1.0.0, 1.1.0): ") == 1, output
        assert cause in output, name
        assert repository.generated(f"lib/tests/{name}") == {}
    assert "unresolvable" not in output and "rule '" not in output
    assert "Traceback" not in output
    assert repository.generated() == generated


def test_a_wheel_that_cannot_be_read_is_an_error_and_no_older_one_is_taken(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> None:
    for version in ("1.0", "2.0", "3.0"):
        index.release("matrix-helper", version, uploaded=f"2024-0{version[0]}-01T00:00:00Z")
    # Newer than what is required: nobody asks for it, so that its state is of no interest.
    index.spoil("matrix-helper", "3.0")
    index.spoil("matrix-helper", "2.0")
    repository.require("matrix-helper<3")
    code, output = repository.pants("generate-matrix", "::")
    assert code == 1, output
    assert "the wheel of matrix-helper 2.0 could not be read" in output
    assert "`matrix-helper!=2.0`" in output
    assert "matrix-helper 3.0" not in output
    assert repository.generated() == generated
    index.answer()
    repository.succeed("generate-matrix", "::")
    assert "\nmatrix-helper==2.0 " in repository.generated()["1.0.0.lock"]


def wait_until(condition: Callable[[], object], process: "subprocess.Popen[str]") -> bool:
    """Waits for a moment of a process's life, to the millisecond; whether it came."""
    while not condition():
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.001)
            return False
    return True


def kill(process: "subprocess.Popen[str]") -> None:
    """Ends a process and its children, which get no time to tidy up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_slow_suites_hold_up_no_other_and_a_kill_loses_only_what_is_in_work(
    repository: Repository, index: PackageIndex
) -> None:
    """One is killed while its releases are read, one while its samples are locked."""
    others = ("one", "two", "three", "four")
    for name in (*others, "reading", "locking"):
        index.release(f"matrix-{name}", "1.0.0", uploaded=UPLOADED)
        more = ', requirements={"*": ["matrix-helper"]}' if name == "locking" else ""
        add_suite(repository, name, more)
    index.release("matrix-helper", "1.0", uploaded=UPLOADED)
    gates = [index.hold("matrix-reading"), index.hold("matrix-helper")]
    # Each of the two occupies a process while it waits.
    process = repository.start(
        "--no-pantsd", "--process-execution-local-parallelism=4", "generate-matrix", "lib/tests::"
    )
    assert wait_until(
        lambda: all("1.0.0.lock" in repository.generated(f"lib/tests/{name}") for name in others),
        process,
    )
    assert wait_until(lambda: all(gate.reached.is_set() for gate in gates), process)
    kill(process)
    assert repository.generated("lib/tests/reading") == {}
    assert repository.generated("lib/tests/locking") == {}
    index.answer()
    output = repository.succeed("generate-matrix", "lib/tests::")
    assert "2 suites changed." in output


def test_a_kill_while_files_are_written_leaves_the_old_state_or_the_new(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> None:
    index.release("matrix-example", "2.3.0", uploaded="2024-10-01T00:00:00Z", code="NAME = 'y'\n")
    staging = repository.root / ".pants.d/version-matrix"

    def is_writing() -> bool:
        return staging.is_dir() and any(os.scandir(staging))

    states = set()
    for _ in range(10):
        process = repository.start("--no-pantsd", "generate-matrix", "--upgrade", "::")
        wait_until(is_writing, process)
        kill(process)
        states.add(str(repository.generated()))
        if is_writing():
            break
        repository.git("checkout", "-q", "-f", "main")
        repository.git("clean", "-q", "-f", "-d")
    # What it was about to put in place is still there: it was killed in time.
    assert is_writing()
    repository.succeed("generate-matrix", "--upgrade", "::")
    assert states <= {str(generated), str(repository.generated())}
    assert not is_writing()
