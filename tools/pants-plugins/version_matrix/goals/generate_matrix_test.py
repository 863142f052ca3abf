from __future__ import annotations

from pathlib import Path

import pytest
from pants.engine.rules import collect_rules, rule
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner
from pants.util.frozendict import FrozenDict

from version_matrix import target_generation
from version_matrix.goals import generate_matrix
from version_matrix.goals.generate_matrix import GenerateMatrix
from version_matrix.requests import SuiteUpdate, SuiteUpdateRequest
from version_matrix.suite import Suite
from version_matrix.target_types import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

FILES = {"samples.json": b"{}", "1.0.lock": b"new"}


@rule
async def update_without_an_index(request: SuiteUpdateRequest) -> SuiteUpdate:
    """Stands for all the work: new files, or an error if the folder's name asks for one."""
    suite = Suite(request.address.spec, f"{request.address.spec_path}/matrix", "httpx")
    if "wrong" in suite.folder:
        return SuiteUpdate(suite, errors=("it clashes",))
    return SuiteUpdate(
        suite,
        files=FrozenDict(FILES),
        stale=("1.0.lock",),
        changes=(f"added 1.0 in mode {request.mode}",),
        samples=1,
        cells=1,
    )


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *generate_matrix.rules(),
            *target_generation.rules(),
            *collect_rules(globals()),
        ],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files(
        {
            f"{folder}/BUILD": "python_matrix_tests(name='matrix', package='httpx')"
            for folder in ("one", "two", "wrong")
        }
    )
    return runner


def generate(rule_runner: RuleRunner, *arguments: str) -> GoalRuleResult:
    return rule_runner.run_goal_rule(GenerateMatrix, args=arguments, env_inherit={"PATH"})


def written(rule_runner: RuleRunner, suite: str) -> dict[str, bytes]:
    folder = Path(rule_runner.build_root, suite, "matrix")
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_a_suite_that_fails_leaves_the_others_be(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "::")
    assert result.exit_code == 1
    assert result.stdout == (
        "one:matrix\n"
        "  added 1.0 in mode poll\n"
        "two:matrix\n"
        "  added 1.0 in mode poll\n"
        "wrong:matrix: FAILED, nothing written\n"
        "  it clashes\n"
        "3 suites, 2 samples, 2 cells: 2 suites changed, 1 failed.\n"
    )
    assert written(rule_runner, "one") == written(rule_runner, "two") == FILES
    assert written(rule_runner, "wrong") == {}


def test_only_the_suites_that_are_named_are_touched(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "two:matrix")
    assert result.exit_code == 0
    assert result.stdout.endswith("\n1 suite, 1 sample, 1 cell: 1 suite changed.\n")
    assert written(rule_runner, "two") == FILES
    assert written(rule_runner, "one") == {}


def test_a_check_writes_nothing(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "--check", "one:matrix")
    assert result.exit_code == 1
    assert "one/matrix/1.0.lock is not as generated" in result.stdout
    assert written(rule_runner, "one") == {}


def test_the_summary_is_written_where_one_asks_for_it(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "--summary-file=dist/new/summary.md", "one:matrix")
    assert result.exit_code == 0
    summary = Path(rule_runner.build_root, "dist/new/summary.md").read_text()
    assert "- added 1.0 in mode poll\n" in summary


@pytest.mark.parametrize("place", ["one", "one/BUILD/summary.md"])
def test_a_summary_that_cannot_be_written_is_an_error_and_the_files_stand(
    rule_runner: RuleRunner, place: str
) -> None:
    result = generate(rule_runner, f"--summary-file={place}", "one:matrix")
    assert result.exit_code == 1
    assert f"--summary-file={place}: it cannot be written (" in result.stderr
    assert written(rule_runner, "one") == FILES


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--check", "--offline"], "--check goes with none of"),
        (["--offline", "--upgrade"], "--upgrade needs the index"),
        (["--as-of=soon"], "--as-of=soon is not a time"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    rule_runner: RuleRunner, arguments: list[str], told: str
) -> None:
    result = generate(rule_runner, *arguments, "::")
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert written(rule_runner, "one") == {}


def test_what_a_killed_run_has_set_aside_is_put_back_first(rule_runner: RuleRunner) -> None:
    generate(rule_runner, "one:matrix")
    folder = Path(rule_runner.build_root, "one/matrix")
    room = Path(rule_runner.build_root, ".pants.d/version-matrix/matrix-killed")
    room.mkdir(parents=True)
    (room / "place").write_text("../../one/matrix")
    folder.rename(room / "old")
    result = generate(rule_runner, "--check", "one:matrix")
    assert written(rule_runner, "one") == FILES
    assert not room.exists()
    assert result.exit_code == 1
