"""`generate-matrix` when the index fails, a suite fails, or it is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from typing import Callable, Dict

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import MATRIX, Repository

pytestmark = pytest.mark.usefixtures("pristine")


def impatient(repository: Repository) -> Repository:
    """The repository of someone whose pip does not wait for long."""
    return replace(repository, env={**repository.env, "PIP_DEFAULT_TIMEOUT": "2"})


@pytest.mark.parametrize(
    "fault",
    [
        lambda index: index.fail("matrix-example", 404),
        lambda index: index.fail("matrix-example", 429),
        lambda index: index.fail("matrix-example", 500, b"broken"),
        lambda index: index.fail("matrix-example", 200, b"<!doctype html><p>no package at all"),
        lambda index: index.fail("matrix-example", 403),
        lambda index: index.break_off("matrix-example"),
        lambda index: index.hold("matrix-example"),
    ],
    ids=["404", "429", "500", "garbage", "403", "half a body", "slow"],
)
def test_an_index_that_fails_is_one_clear_error_and_writes_nothing(
    repository: Repository,
    index: PackageIndex,
    generated: Dict[str, str],
    fault: Callable[[PackageIndex], object],
) -> None:
    fault(index)
    code, output = impatient(repository).pants("generate-matrix", "::")
    assert code == 1, output
    assert f"{MATRIX}: FAILED, nothing written" in output
    assert "matrix-example" in output
    assert "Traceback" not in output
    assert repository.generated() == generated


def test_one_failing_suite_leaves_the_others_be(
    repository: Repository, index: PackageIndex
) -> None:
    index.release("matrix-other", "1.0.0", uploaded="2024-01-01T00:00:00Z", code="NAME = ''\n")
    repository.write(
        {
            "lib/tests/other/BUILD": (
                'python_matrix_tests(name="matrix", package="matrix-other>=1")\n'
            ),
            "lib/tests/other/test_other.py": "def test_it() -> None:\n    assert True\n",
            "lib/tests/absent/BUILD": (
                'python_matrix_tests(name="matrix", package="matrix-absent-package>=1")\n'
            ),
            "lib/tests/absent/test_absent.py": "def test_it() -> None:\n    assert True\n",
            "lib/tests/broken/BUILD": (
                'python_matrix_tests(name="matrix", package="matrix-other>=1", '
                'dependencies=["lib/src/lib:nowhere"])\n'
            ),
            "lib/tests/broken/test_broken.py": "def test_it() -> None:\n    assert True\n",
        }
    )
    code, output = repository.pants("generate-matrix", "::")
    assert code == 1
    assert "lib/tests/broken:matrix: FAILED, nothing written" in output
    assert "lib/src/lib:nowhere" in output
    assert "lib/tests/absent:matrix: FAILED, nothing written" in output
    assert "matrix-absent-package" in output
    assert "1.0.0.lock" in repository.generated("lib/tests/other")
    assert repository.generated("lib/tests/absent") == {}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (lambda index: index.fail("matrix-helper", 500), "500"),
        (lambda index: index.break_off("matrix-helper"), "matrix-helper"),
        (lambda index: index.hold("matrix-helper"), "matrix-helper"),
    ],
    ids=["500", "half a body", "slow"],
)
def test_an_index_that_fails_while_locking_is_told_once_and_no_rule_is_blamed(
    repository: Repository,
    index: PackageIndex,
    generated: Dict[str, str],
    fault: Callable[[PackageIndex], object],
    told: str,
) -> None:
    index.release("matrix-helper", "1.0", uploaded="2024-01-01T00:00:00Z")
    repository.require("matrix-helper", specifier="<1.2")
    fault(index)
    code, output = impatient(repository).pants("generate-matrix", "::")
    assert code == 1, output
    assert f"{MATRIX} could not be locked (samples 1.0.0, 1.1.0): " in output
    assert told in output
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
    """Waits for a moment of a process's life, as closely as it can; whether it came."""
    while process.poll() is None:
        if condition():
            return True
    return False


def kill(process: "subprocess.Popen[str]") -> None:
    """Ends a process and its children, which get no time to tidy up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_slow_suite_holds_up_no_other_and_a_kill_loses_only_what_is_in_work(
    repository: Repository, index: PackageIndex
) -> None:
    others = ("one", "two", "three", "four")
    for name in (*others, "slow"):
        index.release(f"matrix-{name}", "1.0.0", uploaded="2024-01-01T00:00:00Z", code="")
        stanza = f'python_matrix_tests(name="matrix", package="matrix-{name}")\n'
        repository.write({f"lib/tests/{name}/BUILD": stanza, f"lib/tests/{name}/test_it.py": ""})
    gate = index.hold("matrix-slow")
    process = repository.start("--no-pantsd", "generate-matrix", "lib/tests::")
    assert wait_until(
        lambda: all("1.0.0.lock" in repository.generated(f"lib/tests/{name}") for name in others),
        process,
    )
    assert gate.reached.wait(timeout=60)
    kill(process)
    assert repository.generated("lib/tests/slow") == {}
    index.answer()
    output = repository.succeed("generate-matrix", "lib/tests::")
    assert "1 suite changed." in output


def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> None:
    index.release("matrix-example", "2.3.0", uploaded="2024-10-01T00:00:00Z", code="NAME = 'y'\n")
    states = {str(generated)}
    choice = random.Random(7)
    for _ in range(3):
        process = repository.start("--no-pantsd", "generate-matrix", "--upgrade", "::")
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=choice.uniform(4, 14))
        kill(process)
        states.add(str(repository.generated()))
    repository.succeed("generate-matrix", "--upgrade", "::")
    finished = repository.generated()
    assert states <= {str(generated), str(finished)}
    assert finished != generated


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
