"""What `bisect-matrix` prints, as a request tells it."""

from __future__ import annotations

import json

import pytest

from matrix_updates.proposal import bisect_answer
from matrix_updates.proposal.model import FirstBad

CELL = "lib/tests/example:matrix#3.0.0@python=3.12"
PRINTED = {
    "release": "2.1.2",
    "uploaded": "2024-08-03T00:00:00Z",
    "cause": "its pin helper 2.0, and not example itself",
    "failing_test": "test_example::test_greet",
    "pins": ["helper 1.0 -> 2.0"],
}


def test_an_answer() -> None:
    progress = "[1] 3.0.0 on Python 3.12: fails\n"
    assert bisect_answer.read(CELL, 0, json.dumps(PRINTED, indent=2), progress) == FirstBad(
        cell=CELL,
        release="2.1.2",
        uploaded="2024-08-03T00:00:00Z",
        cause="its pin helper 2.0, and not example itself",
        pins=("helper 1.0 -> 2.0",),
        failing="test_example::test_greet",
    )


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (1, "the first bad release cannot be sought: why so"),
        (2, "the cell passes when it is run by itself: why so"),
        (3, "nothing that it could be compared with passes: why so"),
        (4, "one environment passes and fails: the tests are flaky: why so"),
        (-9, "bisect-matrix ended with -9: why so"),
    ],
)
def test_each_exit_code_is_told_apart_and_its_output_is_no_answer(status: int, told: str) -> None:
    errors = "[1] 3.0.0: fails\nbisect-matrix: why so\n10:00:00.00 [WARN] something else\n"
    found = bisect_answer.read(CELL, status, json.dumps(PRINTED), errors)
    assert found == FirstBad(cell=CELL, told=told)


@pytest.mark.parametrize("printed", ["", "{", "[]", '{"release": 3}', '{"pins": "a"}', "{" * 5_000])
def test_what_is_no_answer_names_none(printed: str) -> None:
    told = "bisect-matrix names no release"
    assert bisect_answer.read(CELL, 0, printed, "") == FirstBad(cell=CELL, told=told)


def test_strange_pins_are_left_out() -> None:
    found = bisect_answer.read(CELL, 0, json.dumps({"release": "1", "pins": [1, "", "a"]}), "")
    assert found.pins == ("a",)
