"""`bisect-matrix` by a real Pants: a bad release, a bad pin, two together, and what cannot be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterator

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import MATRIX, SUITE, Repository

GOOD, BAD = "NAME = 'example'\n", "NAME = 'stranger'\n"
TEST = f"{SUITE}/test_example.py"


def day(number: int) -> str:
    return f"2024-08-{number:02}T00:00:00Z"


@pytest.fixture(scope="module")
def broken(repository: Repository, index: PackageIndex) -> Iterator[Repository]:
    """Since 2.7.2 the package is a stranger; a release between was yanked."""
    for number, (version, code) in enumerate(
        {"2.7.0": GOOD, "2.7.1": GOOD, "2.7.2": BAD, "2.7.3": BAD, "3.7.0": BAD}.items(), start=1
    ):
        index.release("matrix-example", version, uploaded=day(number), code=code)
    index.release("matrix-example", "2.7.2.post1", uploaded=day(9), code=BAD, yanked=True)
    repository.succeed("generate-matrix", "::")
    repository.commit("generate")
    yield repository


def asked(repository: Repository, *arguments: str) -> Dict[str, object]:
    """The answer as JSON."""
    printed = repository.succeed("bisect-matrix", "--format=json", *arguments)
    found = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
    assert isinstance(found, dict)
    return found


def test_the_first_bad_release(broken: Repository) -> None:
    printed = broken.succeed("bisect-matrix", f"{MATRIX}#3.7.0@python=3.12")
    told = printed[printed.index(f"\n{MATRIX}") :]
    assert told.strip().splitlines() == [
        f"{MATRIX}#3.7.0@python=3.12",
        "  matrix-example 2.7.1 passes, matrix-example 2.7.2 fails",
        f"  first bad release: 2.7.2, uploaded {day(3)}",
        "  cause: matrix-example 2.7.2 itself",
        "  failing test: lib.tests.example.test_example::test_greet",
    ]
    # Samples are tried where they are; what lies between is locked on the fly.
    assert "[1] 3.7.0 on Python 3.12: fails" in printed
    assert "matrix-example 2.7.1 on Python 3.12: passes" in printed
    assert broken.git("status", "--porcelain") == ""


def test_the_answer_as_json_from_a_newer_good_cell(broken: Repository, index: PackageIndex) -> None:
    """Also downwards: what broke may have been mended."""
    links = dict(index.links)
    index.release("matrix-example", "3.8.0", uploaded=day(20), code=GOOD)
    index.release("matrix-example", "4.7.0", uploaded=day(21), code=GOOD)
    broken.succeed("generate-matrix", "::")
    answer = asked(broken, f"--good={MATRIX}#4.7.0@python=3.12", f"{MATRIX}#2.7.3@python=3.12")
    broken.git("checkout", "-q", "-f", "main")
    broken.git("clean", "-q", "-f", "-d")
    index.restore(links)
    assert answer == {
        "release": "3.7.0",
        "uploaded": day(5),
        "cause": "matrix-example 3.7.0 itself",
        "failing_test": "lib.tests.example.test_example::test_greet",
        "pins": [],
    }


def test_a_pin_is_told_from_the_package(broken: Repository, index: PackageIndex) -> None:
    """Two pins moved since the lock was committed, and one of them breaks the library."""
    links = dict(index.links)
    for name in ("matrix-helper", "matrix-other"):
        index.release(name, "1.0.0", uploaded=day(1), code=GOOD)
    index.release(
        "matrix-example",
        "3.9.0",
        uploaded=day(20),
        code="from matrix_helper import NAME\n",
        requires=("matrix-helper>=1", "matrix-other>=1"),
    )
    broken.succeed("generate-matrix", "::")
    broken.commit("a helper")
    for name in ("matrix-helper", "matrix-other"):
        index.release(name, "1.1.0", uploaded=day(21), code=BAD)
    broken.succeed("generate-matrix", "--upgrade", "::")
    answer = asked(broken, f"{MATRIX}#3.9.0@python=3.12")
    broken.git("reset", "-q", "--hard", "HEAD~1")
    index.restore(links)
    assert answer == {
        "release": "3.9.0",
        "uploaded": day(20),
        "cause": "its pin matrix-helper 1.1.0, and not matrix-example itself",
        "failing_test": "lib.tests.example.test_example::test_greet",
        "pins": ["matrix-helper 1.0.0 -> 1.1.0"],
    }


def test_which_package_of_a_suite_with_axes(broken: Repository, index: PackageIndex) -> None:
    """Since 2.1.0 of the queue the newest releases of both do not go together."""
    links = dict(index.links)
    for number, (version, code) in enumerate(
        {"1.0.0": GOOD, "2.0.0": GOOD, "2.1.0": BAD, "2.2.0": BAD}.items(), start=1
    ):
        index.release("matrix-axis", version, uploaded=day(number), code=code)
    for version in ("5.0.0", "5.1.0"):
        index.release(
            "matrix-example",
            version,
            uploaded=day(10),
            code="from matrix_axis import NAME\n",
            requires=("matrix-axis>=1",),
        )
    stanza = 'name="matrix", package="matrix-example>=5", axes=["matrix-axis"], samples=2'
    broken.write({f"{SUITE}/BUILD": f"python_matrix_tests({stanza})\n"})
    broken.succeed("generate-matrix", "::")
    answer = asked(broken, f"{MATRIX}#5.1.0@matrix-axis=2.2.0,python=3.12")
    broken.git("checkout", "-q", "-f", "main")
    broken.git("clean", "-q", "-f", "-d")
    index.restore(links)
    assert answer == {
        "release": "matrix-axis 2.1.0",
        "uploaded": day(3),
        "cause": "matrix-axis 2.1.0 itself",
        "failing_test": "lib.tests.example.test_example::test_greet",
        "pins": [],
    }


def test_what_cannot_be_searched_is_said(broken: Repository, tmp_path: Path) -> None:
    passing, failing = f"{MATRIX}#1.0.0@python=3.12", f"{MATRIX}#3.7.0@python=3.12"
    for arguments, exit_code, told in (
        ([], 1, "name a cell that fails"),
        (["lib/src/lib/core.py"], 1, "name a cell that fails"),
        ([TEST], 1, "cells are named"),
        ([f"--good={TEST}:matrix", failing], 1, "is not another cell of"),
        ([passing], 2, "passes: there is nothing to search for"),
        ([f"--good={MATRIX}#2.7.3@python=3.12", failing], 3, "has nothing to be compared with"),
    ):
        status, printed = broken.pants("bisect-matrix", *arguments)
        assert (status, told in printed) == (exit_code, True), printed
    # A coin that is thrown anew in every run.
    coin = tmp_path / "coin"
    broken.write(
        {
            TEST: "import os\n\n\ndef test_it() -> None:\n"
            f"    coin = {str(coin)!r}\n    there = os.path.exists(coin)\n"
            "    os.remove(coin) if there else open(coin, 'w').close()\n    assert there\n"
        }
    )
    status, printed = broken.pants("bisect-matrix", failing)
    broken.git("checkout", "-q", "-f", "main")
    assert status == 4, printed
    assert (
        "are flaky: with matrix-example 3.7.0 on Python 3.12 they failed, and then passed"
        in printed
    )
