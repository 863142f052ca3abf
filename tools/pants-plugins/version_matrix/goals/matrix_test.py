from __future__ import annotations

import json

import pytest
from pants.testutil.rule_runner import RuleRunner

from version_matrix.goals import matrix
from version_matrix.goals.matrix import Matrix
from version_matrix.stanza import target_generation
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

SAMPLES = {
    "format": 2,
    "samples": [
        {
            "version": "0.28.1",
            "tier": "latest",
            "pythons": ["3.8", "3.15"],
            "python_verdicts": {"3.8": "the oldest", "3.15": "trial (the newest)"},
            "trials": ["3.15"],
            "lock": "sha256:0",
        }
    ],
    "verdicts": {
        "0.1": "outside the specifier",
        "0.2": "outside the specifier",
        "0.28.1": "latest",
    },
    "snapshot": "sha256:1",
}


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[*matrix.rules(), *target_generation.rules()],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files(
        {
            "one/BUILD": "python_matrix_tests(name='matrix', package='httpx>=0.16')",
            "one/test_it.py": "",
            "one/matrix/samples.json": json.dumps(SAMPLES),
        }
    )
    return runner


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            [],
            [
                "  0.28.1  latest  3.8 3.15?",
                "",
                "`?` is a trial: the release admits this Python, but does not claim it.",
            ],
        ),
        (
            ["--explain"],
            [
                "  2 releases outside the specifier: 0.1 to 0.2",
                "  0.28.1  latest",
                "      3.8   the oldest",
                "      3.15  trial (the newest)",
            ],
        ),
        (
            ["--verdict=OUTSIDE*"],
            ["  0.1  outside the specifier", "  0.2  outside the specifier"],
        ),
    ],
)
def test_what_is_shown(rule_runner: RuleRunner, options: list[str], lines: list[str]) -> None:
    shown = rule_runner.run_goal_rule(Matrix, args=[*options, "::"], env_inherit={"PATH"})
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == ["httpx>=0.16  one:matrix", *lines]


def test_a_verdict_is_an_explanation_in_json_too(rule_runner: RuleRunner) -> None:
    asked = ["--verdict=latest", "--format=json", "::"]
    (shown,) = json.loads(rule_runner.run_goal_rule(Matrix, args=asked).stdout)
    assert shown["verdicts"] == {"0.28.1": "latest"}
    assert shown["samples"][0]["trials"] == ["3.15"]
