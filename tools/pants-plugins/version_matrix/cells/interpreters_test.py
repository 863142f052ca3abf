from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any, Mapping

import pytest
from pants.backend.python.util_rules.pex_environment import PexEnvironment, PythonExecutable
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.environments import EnvironmentTarget
from pants.engine.fs import EMPTY_DIGEST, EMPTY_FILE_DIGEST, CreateDigest, Digest
from pants.engine.internals.native_engine import ProcessExecutionEnvironment
from pants.engine.platform import Platform
from pants.engine.process import (
    FallibleProcessResult,
    Process,
    ProcessCacheScope,
    ProcessResultMetadata,
)
from pants.testutil.option_util import create_subsystem
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks
from pants.util.frozendict import FrozenDict

from version_matrix.cells.interpreters import (
    InterpreterSearchError,
    find_matrix_interpreter,
    find_pythons,
    missing_python,
)
from version_matrix.cells.requests import (
    InterpreterRequest,
    MaybeInterpreter,
    Pythons,
    PythonsRequest,
)
from version_matrix.not_run.requests import Lack
from version_matrix.stanza.policy import MissingInterpreters, PolicyError, VersionMatrix

PYTHON = PythonExecutable("/opt/python3.12", fingerprint="0")
HERE = ProcessExecutionEnvironment(
    environment_name=None,
    platform=Platform.create_for_localhost().value,
    docker_image=None,
    remote_execution=False,
    remote_execution_extra_platform_properties=[],
)
PEX = PexEnvironment(
    path=(),
    interpreter_search_paths=("/opt", "/usr/bin"),
    subprocess_environment_dict=FrozenDict({}),
    named_caches_dir=PurePath("caches"),
    bootstrap_python=PythonBuildStandaloneBinary("/bootstrap/python"),
)


def search(
    request: PythonsRequest, *, exit_code: int = 0, stdout: str = "", stderr: str = ""
) -> tuple[Pythons, Process]:
    """What becomes of the answer of the process that looks, and that process."""
    asked: list[Process] = []

    def attempt(process: Process) -> FallibleProcessResult:
        asked.append(process)
        return FallibleProcessResult(
            stdout=stdout.encode(),
            stdout_digest=EMPTY_FILE_DIGEST,
            stderr=stderr.encode(),
            stderr_digest=EMPTY_FILE_DIGEST,
            exit_code=exit_code,
            output_digest=EMPTY_DIGEST,
            metadata=ProcessResultMetadata(None, HERE, "ran", 0),
        )

    found: Pythons = run_rule_with_mocks(
        find_pythons,
        rule_args=[request, EnvironmentTarget("local", None), PEX],
        mock_gets=[
            MockGet(Digest, (CreateDigest,), lambda _: EMPTY_DIGEST),
            MockGet(FallibleProcessResult, (Process,), attempt),
        ],
    )
    (process,) = asked
    return found, process


def test_one_process_looks_for_all_of_them() -> None:
    answer = {
        "found": {"3.12.1": {"path": "/opt/python3.12", "fingerprint": "0"}},
        "passed_over": {"3.13.0": ["/opt/python3.13 exit status 127"]},
    }
    found, process = search(PythonsRequest(("3.12.1", "3.13.0")), stdout=json.dumps(answer))
    assert found == Pythons(
        FrozenDict({"3.12.1": PYTHON}),
        FrozenDict({"3.13.0": ("/opt/python3.13 exit status 127",)}),
    )
    wanted = ("--want=3.12.1", "--want=3.13.0")
    assert process.argv == (
        "/bootstrap/python",
        *("-sE", "find_pythons.py", *wanted, "--", "/opt", "/usr/bin"),
    )
    # It is asked anew where the machine may have changed, and of a remote machine each time.
    assert process.cache_scope is ProcessCacheScope.PER_RESTART_SUCCESSFUL


def test_what_the_process_says_when_it_fails_is_shown() -> None:
    with pytest.raises(InterpreterSearchError) as raised:
        search(PythonsRequest(("3.12.1",)), exit_code=2, stderr="usage: something\n")
    assert str(raised.value) == "The search for Pythons ended with exit status 2.\nusage: something"


@pytest.mark.parametrize(
    "minor, expected",
    [
        ("3.12", MaybeInterpreter(PYTHON)),
        ("3.13", MaybeInterpreter(None, ("/opt/python3.13 is 3.13.0",))),
        # Of a lock made when it was a target.
        ("3.8", MaybeInterpreter(None)),
    ],
)
def test_a_cell_gets_its_python_out_of_the_one_look(minor: str, expected: MaybeInterpreter) -> None:
    asked: list[PythonsRequest] = []
    known: Mapping[str, tuple[str, ...]] = {"3.13.1": ("/opt/python3.13 is 3.13.0",)}

    def look(request: PythonsRequest) -> Pythons:
        asked.append(request)
        return Pythons(FrozenDict({"3.12.1": PYTHON}), FrozenDict(known))

    found = run_rule_with_mocks(
        find_matrix_interpreter,
        rule_args=[
            InterpreterRequest(minor),
            create_subsystem(VersionMatrix, target_pythons=["3.13.1", "3.12.1"]),
        ],
        mock_gets=[MockGet(Pythons, (PythonsRequest,), look)],
    )
    assert found == expected
    (request,) = asked
    assert set(request.lowest) >= {"3.12.1", "3.13.1"}
    assert request.lowest == tuple(sorted(request.lowest))


def test_a_target_that_is_no_python_is_named_with_the_choices() -> None:
    with pytest.raises(PolicyError, match=r"target_pythons has '3\.1': expected one of 3\.6, 3\.7"):
        run_rule_with_mocks(
            find_matrix_interpreter,
            rule_args=[
                InterpreterRequest("3.9"),
                create_subsystem(VersionMatrix, target_pythons=["3.9.18", "3.1"]),
            ],
            mock_gets=[
                MockGet(
                    Pythons, (PythonsRequest,), lambda request: Pythons(FrozenDict(), FrozenDict())
                )
            ],
        )


def lack(minor: str = "3.12", ci: bool = False, **options: Any) -> Lack:
    matrix = create_subsystem(
        VersionMatrix,
        **{
            "target_pythons": ["3.12.1"],
            "missing_interpreters": MissingInterpreters.AUTO,
            "install_pythons_command": None,
            **options,
        },
    )
    passed_over = options.get("passed_over", ("/opt/python is 3.1.0", "/usr/bin/x is 3.1.1"))
    return missing_python(minor, MaybeInterpreter(None, passed_over), matrix, ci=ci)


def test_a_missing_python_is_named_with_what_brings_it() -> None:
    assert lack().what == "Python 3.12 (3.12.1 or later)"
    assert lack().mend == (
        "To fix, run `uv python install 3.12` or `pyenv install 3.12`; "
        "[python-bootstrap].search_path is where it is searched; what is there does not serve: "
        "/opt/python is 3.1.0; /usr/bin/x is 3.1.1."
    )
    told = lack(install_pythons_command="tools/pythons").mend
    assert told.startswith("To fix, run `tools/pythons`; ")


@pytest.mark.parametrize(
    "mode, ci, is_error",
    [
        (MissingInterpreters.AUTO, False, False),
        (MissingInterpreters.AUTO, True, True),
        (MissingInterpreters.SKIP, True, False),
        (MissingInterpreters.ERROR, False, True),
    ],
)
def test_whether_a_missing_python_is_an_error(
    mode: MissingInterpreters, ci: bool, is_error: bool
) -> None:
    assert lack(missing_interpreters=mode, ci=ci).is_error is is_error
