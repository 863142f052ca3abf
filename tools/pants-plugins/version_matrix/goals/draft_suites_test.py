"""The goal: what it prints and writes of what a reader told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pants.engine.rules import collect_rules, rule
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from version_matrix.drafts.requests import Readout, ReadoutRequest
from version_matrix.goals import draft_suites
from version_matrix.goals.draft_suites import DraftSuites
from version_matrix.stanza import target_generation
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

STANZA = """\
python_matrix_tests(
    name="matrix",
    package="httpx>=0.27.0",
    python=">=3.12",
)
"""


def entry(name: str, requirement: str, path: str) -> "dict[str, object]":
    return {
        "name": name,
        "factors": name.split("-"),
        "python": "py312",
        "requirements": [requirement],
        "dropped": [["-e .", "why not"]],
        "variables": [],
        "extras": [],
        "settings": [],
        "folder": ".",
        "commands": [["pytest", path]],
    }


TOLD = {
    "reader": "tox 4",
    "wants": [],
    "notes": [],
    "environments": [
        entry("py312-httpx-old", "httpx~=0.27.0", "tests/httpx"),
        entry("py312-httpx-latest", "httpx", "tests/httpx"),
        entry("py312-redis", "redis>=5", "tests/redis"),
        entry("py312-common", "pytest", "tests"),
    ],
}


@rule
async def told_without_a_tool(request: ReadoutRequest) -> Readout:
    """Stands for the reader."""
    if "torn" in request.path:
        return Readout(error="it is torn")
    told = {**TOLD, "environments": []} if "empty" in request.path else TOLD
    return Readout(told=json.dumps(told).encode())


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[*draft_suites.rules(), *target_generation.rules(), *collect_rules(globals())],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files({"tests/httpx/test_httpx.py": ""})
    return runner


def draft(rule_runner: RuleRunner, *arguments: str) -> GoalRuleResult:
    return rule_runner.run_goal_rule(DraftSuites, args=arguments, env_inherit={"PATH"})


def test_by_default_it_prints(rule_runner: RuleRunner) -> None:
    result = draft(rule_runner, "--from=tox.ini")
    assert result.exit_code == 0
    assert (
        f"# tests/httpx/BUILD: 2 environments, py312-httpx-old to py312-httpx-latest\n{STANZA}"
        in (result.stdout)
    )
    assert "# Not to be written: there is nothing at tests/redis.\n" in result.stdout
    assert (
        "  why not:\n    -e . (4 environments, py312-httpx-old to py312-common)\n" in result.stderr
    )
    assert "    py312-common\n" in result.stderr
    assert result.stderr.endswith(
        "tox.ini, read by tox 4: 4 environments, 3 of them in 2 drafts.\n"
    )
    assert not Path(rule_runner.build_root, "tests/httpx/BUILD").exists()


def test_what_is_written_stands_behind_what_was_there(rule_runner: RuleRunner) -> None:
    there = "python_matrix_tests(name='matrix', package='httpx>=0.28')"
    rule_runner.write_files({"tests/httpx/BUILD.pants": there})
    result = draft(rule_runner, "--from=./tox.ini", "--write")
    assert result.exit_code == 0
    renamed = STANZA.replace('"matrix"', '"matrix_httpx"').replace(
        "(\n", "(\n    # The name `matrix` is taken.\n"
    )
    folder = Path(rule_runner.build_root, "tests/httpx")
    assert (folder / "BUILD.pants").read_text() == f"{there}\n\n{renamed}"
    assert not (folder / "BUILD").exists()
    assert "Not written, redis>=5: there is nothing at tests/redis.\n" in result.stderr
    assert "Wrote tests/httpx/BUILD.pants.\n" in result.stderr


@pytest.mark.parametrize(
    "arguments, told",
    [
        ((), "Name the file to read, for instance `"),
        (("--from=torn.ini",), "torn.ini: it is torn.\n"),
        (
            ("--from=empty.ini",),
            "empty.ini, read by tox 4: 0 environments, 0 of them in 0 drafts.\n",
        ),
    ],
)
def test_nothing_to_draft_is_an_error(
    rule_runner: RuleRunner, arguments: "tuple[str, ...]", told: str
) -> None:
    result = draft(rule_runner, *arguments)
    assert result.exit_code == 1
    assert told in result.stderr and result.stdout == ""


def test_where_nothing_can_be_written_it_fails(rule_runner: RuleRunner) -> None:
    Path(rule_runner.build_root, "tests/httpx/test_httpx.py").unlink()
    assert draft(rule_runner, "--from=tox.ini", "--write").exit_code == 1
