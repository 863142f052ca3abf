from __future__ import annotations

import logging
from typing import Any

import pytest

from version_matrix.not_run.closing_lines import ClosingLines, closing_lines
from version_matrix.not_run.requests import Lack, NotRun, Remark, Told, is_ci

PYTHON = Lack("Python 3.14 (3.14.0 or later)", "To fix, run `uv python install 3.14`.", False)
REDIS = Lack("redis-server or valkey-server", "To fix, run `install`.", True)


def test_a_line_for_each_thing_that_is_missing() -> None:
    assert closing_lines(
        each.remark
        for each in [
            NotRun("lib:matrix#2.0@python=3.14", "cell", PYTHON),
            NotRun("lib:matrix#1.0@python=3.14", "cell", PYTHON),
            NotRun("app:matrix#1.0@python=3.14", "cell", PYTHON),
            NotRun("app/test_a.py:tests", "test", REDIS),
            NotRun("app:matrix#1.0@python=3.14", "cell", REDIS),
        ]
    ) == [
        (
            logging.WARNING,
            "3 cells not run for want of Python 3.14 (3.14.0 or later): app:matrix#1.0@python=3.14, "
            "lib:matrix#1.0@python=3.14 #2.0@python=3.14. To fix, run `uv python install 3.14`.",
        ),
        (
            logging.ERROR,
            "1 cell not run for want of redis-server or valkey-server: app:matrix#1.0@python=3.14. "
            "To fix, run `install`.",
        ),
        (
            logging.ERROR,
            "1 test not run for want of redis-server or valkey-server: app/test_a.py:tests. "
            "To fix, run `install`.",
        ),
    ]


def test_what_fared_alike_is_one_line_and_the_gravest_is_last() -> None:
    known = "failed as its known failure says (a bug)"
    assert closing_lines(
        [
            NotRun("lib:matrix#1.0@python=3.14", "cell", REDIS).remark,
            Remark("lib:matrix#2.0", "cell", "skipped every test (no redis)", "Mend it.", 30),
            Remark("lib:matrix#1.0", "cell", known, "", 20),
            Remark("lib:matrix#0.9", "cell", known, "", 20),
        ]
    ) == [
        (logging.INFO, f"2 cells {known}: lib:matrix#0.9 #1.0."),
        (logging.WARNING, "1 cell skipped every test (no redis): lib:matrix#2.0. Mend it."),
        (
            logging.ERROR,
            "1 cell not run for want of redis-server or valkey-server: lib:matrix#1.0@python=3.14. "
            "To fix, run `install`.",
        ),
    ]


def workunit(metadata: dict[str, Any]) -> Any:
    return {"name": "a rule", "metadata": metadata}


def test_what_is_noted_is_told_when_the_run_is_finished(caplog: pytest.LogCaptureFixture) -> None:
    lines = ClosingLines()
    noted = workunit(Told(NotRun("lib:matrix#1.0", "cell", PYTHON).remark).metadata())
    nothing: Any = None

    def called(*completed: Any, finished: bool) -> None:
        lines(
            started_workunits=(),
            completed_workunits=completed,
            finished=finished,
            context=nothing,
        )

    with caplog.at_level(logging.WARNING):
        called(workunit({}), {"name": "another"}, noted, finished=False)
        assert caplog.records == []
        called(noted, finished=True)
    (record,) = caplog.records
    assert record.getMessage().startswith("1 cell not run for want of Python 3.14")
    assert lines.can_finish_async is False


def test_where_nothing_is_left_out_nothing_is_told() -> None:
    assert closing_lines([]) == []


@pytest.mark.parametrize(
    "env, expected",
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CI": "0"}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
    ],
)
def test_what_is_ci(env: dict[str, str], expected: bool) -> None:
    assert is_ci(env) is expected
