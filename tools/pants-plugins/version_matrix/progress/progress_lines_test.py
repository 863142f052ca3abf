from __future__ import annotations

import logging
from typing import Any

import pytest

from version_matrix.progress.progress_lines import ProgressLines
from version_matrix.progress.requests import Counted, Step
from version_matrix.progress.tally import Tally


def test_who_is_soon_done_says_nothing() -> None:
    tally = Tally(30, now=100)
    assert tally.line(200) is None
    tally.add(Step("cell", "", ahead=2))
    assert tally.line(129) is None
    tally.add(Step("cell", "a", done=1))
    tally.add(Step("cell", "b", done=1))
    assert tally.line(1000) is None


def test_a_line_whenever_it_was_silent_for_half_a_minute() -> None:
    tally = Tally(30, now=0)
    tally.add(Step("environment", "", ahead=232))
    tally.add(Step("cell", "", ahead=233))
    tally.add(Step("environment", "a", done=1))
    told = [(second, line) for second in range(0, 100, 7) if (line := tally.line(second))]
    assert told == [
        (35, "35s: 1 of 232 environments, 0 of 233 cells"),
        (70, "1m10s: still 1 of 232 environments, 0 of 233 cells"),
    ]
    tally.add(Step("cell", "a", done=1))
    assert tally.line(100) == "1m40s: 1 of 232 environments, 1 of 233 cells"
    assert tally.line(101) is None


def test_what_is_ahead_may_grow_while_it_is_worked_on() -> None:
    tally = Tally(30, now=0)
    tally.add(Step("suite", "", ahead=1))
    assert tally.line(30) == "30s: 0 of 1 suite"
    tally.add(Step("lock", "1.0", ahead=1))
    tally.add(Step("lock", "2.0", ahead=1))
    tally.add(Step("lock", "1.0", done=1))
    assert tally.line(60) == "1m00s: 0 of 1 suite, 1 of 2 locks"


def test_what_rules_have_counted_is_logged_by_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    lines = ProgressLines(30, clock=lambda: now[0])
    nothing: Any = None

    def at(second: float, *steps: Step, finished: bool = False) -> list[str]:
        now[0] = second
        caplog.clear()
        lines(
            started_workunits=(),
            completed_workunits=tuple(
                {"name": "a rule", "metadata": Counted(step).metadata()} for step in steps
            ),
            finished=finished,
            context=nothing,
        )
        return [record.getMessage() for record in caplog.records]

    with caplog.at_level(logging.INFO):
        assert at(1, Step("cell", "", ahead=3)) == []
        assert at(30) == ["30s: 0 of 3 cells"]
        assert at(31, Step("cell", "a", done=1)) == []
        assert at(60) == ["1m00s: 1 of 3 cells"]
        assert at(99, finished=True) == []
