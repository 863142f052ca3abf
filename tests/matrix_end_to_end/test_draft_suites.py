"""Somebody with a tox.ini moves in: drafted, written, generated, run."""

from __future__ import annotations

from typing import Iterator

import pytest

from matrix_end_to_end.repository import Repository

TOX = """\
[tox]
requires = tox-uv
envlist = py{39,312}-example{1,latest}, lint
[testenv]
deps =
    example1: matrix-example>=1,<2
    examplelatest: matrix-example
    -r requirements.txt
set_env =
    MODE = drafted
    SECRET = {env:SECRET}
commands = pytest {toxinidir}/tests/drafted {posargs}
[testenv:lint]
deps = flake8
commands = flake8
"""
STANZA = """\
python_matrix_tests(
    name="matrix_matrix_example",
    package="matrix-example>=1",
    requirements={
        "*": ["iniconfig>=2"],
    },
    python=">=3.9",
    extra_env_vars=["MODE=drafted"],
)
"""
THERE = 'python_test_utils(name="matrix")\n'
NAME_IS_TAKEN = STANZA.replace("(\n", "(\n    # The name `matrix` is taken.\n", 1)


@pytest.fixture(autouse=True, scope="module")
def project(repository: Repository) -> Iterator[None]:
    repository.write(
        {
            "lib/tox.ini": TOX,
            "lib/requirements.txt": "iniconfig>=2  # Whatever.\n",
            "lib/tests/drafted/BUILD": THERE,
            "lib/tests/drafted/test_drafted.py": (
                "import os\nimport matrix_example\n\n\n"
                "def test_mode() -> None:\n    assert os.environ['MODE'] == 'drafted'\n"
            ),
            "lib/conda/tox.ini": "[tox]\nrequires = tox-conda\nenvlist = py312\n",
            "lib/torn/tox.ini": "[tox\nenvlist = py312\n",
        }
    )
    yield
    repository.git("clean", "-q", "-f", "-d")


def test_drafts_are_shown_with_what_they_leave_out(repository: Repository) -> None:
    shown = repository.succeed("draft-suites", "--from=lib/tox.ini")
    assert (
        f"# lib/tests/drafted/BUILD: 4 environments, py39-example1 to py312-examplelatest\n{NAME_IS_TAKEN}"
        in shown
    )
    assert "    set_env SECRET (5 environments" in shown and "    lint\n" in shown
    assert "5 environments, 4 of them in 1 draft." in shown
    assert repository.read("lib/tests/drafted/BUILD") == THERE


def test_a_draft_that_is_written_is_a_suite(repository: Repository) -> None:
    told = repository.succeed("draft-suites", "--from=lib/tox.ini", "--write")
    assert "Wrote lib/tests/drafted/BUILD." in told
    assert repository.read("lib/tests/drafted/BUILD") == f"{THERE}\n{NAME_IS_TAKEN}"
    suite = "lib/tests/drafted:matrix_matrix_example"
    assert f"[1/1] {suite}: 4 samples, 8 cells, changed" in repository.succeed(
        "generate-matrix", suite
    )
    tested = repository.succeed("test", f"{suite}#2.0.0")
    assert tested.count(" succeeded in ") == 2


@pytest.mark.parametrize(
    "path, told",
    [
        ("lib/nothing.ini", "there is no such file"),
        ("lib/conda/tox.ini", "it is made for the plugin tox-conda, which is not there"),
        ("lib/torn/tox.ini", "File contains no section headers"),
    ],
)
def test_bad_input_is_one_error(repository: Repository, path: str, told: str) -> None:
    status, output = repository.pants("draft-suites", f"--from={path}")
    assert status == 1
    assert f"{path}: " in output and told in output and "Traceback" not in output
