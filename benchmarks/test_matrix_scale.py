"""What is counted, told and judged of a matrix at scale, and what its suites are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from large_sdk import MORE_SUITES, SUITES, Suite
from matrix_scale import SDKS, Matrix, Measure, amiss, failures, matrix

WHOLE = Matrix(suites=len(SUITES), samples=150, cells=300, locks=150)


def test_a_stanza_says_what_its_suite_does() -> None:
    suite = Suite("gql[all]>=3.4", {"<4": ("httpx<0.28",)}, python=">=3.9")
    said: dict[str, object] = {}
    exec(suite.stanza, {"python_matrix_tests": said.update})
    assert suite.folder == "gql"
    assert said == {
        "name": "matrix",
        "package": "gql[all]>=3.4",
        "requirements": {"<4": ["httpx<0.28"]},
        "python": ">=3.9",
    }


@pytest.mark.parametrize("suites, number", [(SUITES, 30), ((*SUITES, *MORE_SUITES), 61)])
def test_each_suite_has_a_folder_of_its_own(suites: tuple[Suite, ...], number: int) -> None:
    assert len({suite.folder for suite in suites}) == len(suites) == number


def test_what_was_generated_is_counted(tmp_path: Path) -> None:
    for name, pythons in (("a", ["3.8"]), ("b", ["3.8", "3.12"])):
        folder = tmp_path / "src" / name / "matrix"
        folder.mkdir(parents=True)
        samples = [{"version": "1", "pythons": pythons}, {"version": "2", "pythons": ["3.13"]}]
        (folder / "samples.json").write_text(json.dumps({"samples": samples}))
        (folder / "1.lock").touch()
    assert matrix(tmp_path) == Matrix(suites=2, samples=4, cells=5, locks=2)


def test_only_suites_that_failed_are_told_of() -> None:
    output = "src/a:matrix\n  sample 1\nsrc/b:matrix: FAILED, nothing written\n  why\n2 suites\n"
    assert failures(output) == ["src/b:matrix: FAILED, nothing written", "  why"]


@pytest.mark.parametrize(
    ("seconds", "generated", "ratio", "reasons"),
    [
        (59.9, WHOLE, 1.1, []),
        (60.0, WHOLE, 1.1, ["polling took 60 s: 60 s or more"]),
        (1.0, WHOLE, 1.0, ["pip is faster"]),
        (1.0, Matrix(29, 150, 300, 150), 2.0, ["1 suites are not locked"]),
        (1.0, Matrix(30, 149, 300, 149), 2.0, ["149 locks: fewer than 150"]),
    ],
)
def test_the_claim_holds_unless_something_is_amiss(
    seconds: float, generated: Matrix, ratio: float, reasons: list[str]
) -> None:
    measures = [Measure("polling", seconds, 60)]
    assert list(amiss(SDKS["30"], measures, generated, {"pip": ratio})) == reasons
