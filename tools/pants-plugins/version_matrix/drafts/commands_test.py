from __future__ import annotations

import shlex
from typing import Optional, Tuple

import pytest

from version_matrix.drafts.commands import options_of, paths_run


@pytest.mark.parametrize(
    "command, folder, paths",
    [
        ("pytest", "tests/httpx", ("tests/httpx",)),
        ("pytest tests/httpx", ".", ("tests/httpx",)),
        ("python -m pytest -vv tests/a.py tests/b", ".", ("tests/a.py", "tests/b")),
        ("py.test -v tests/a.py::test_one", "sub", ("sub/tests/a.py",)),
        ("coverage run -m pytest -v", "tests/redis", ("tests/redis",)),
        ("pytest /instrumentation/flask/tests", "other", ("instrumentation/flask/tests",)),
        ("pytest --cov --cov-report xml tests", ".", ("tests",)),
        ("pytest -k 'not slow' -p no:cacheprovider -n 4 tests", ".", ("tests",)),
        ("{envpython} -W error -m pytest --junitxml=a.xml tests/", ".", ("tests",)),
        ("ddtrace-run pytest tests/x", ".", ("tests/x",)),
        ("python -m django test tests", ".", None),
        ("./runtests.py", ".", None),
        ("make -C docs spelling", ".", None),
    ],
)
def test_what_a_command_runs(command: str, folder: str, paths: Optional[Tuple[str, ...]]) -> None:
    assert paths_run(shlex.split(command), folder) == paths


@pytest.mark.parametrize(
    "command, options",
    [
        ("python -m pytest tests", ()),
        ("pytest -m redis tests", ("-m redis",)),
        ("pytest --ignore=tests/x -k 'not y'", ("--ignore=tests/x", "-k not y")),
    ],
)
def test_what_chooses_among_tests(command: str, options: Tuple[str, ...]) -> None:
    assert options_of(shlex.split(command)) == options
