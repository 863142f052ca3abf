from __future__ import annotations

import pytest
from pants.core.goals.lint import LintResult
from pants.core.target_types import GenericTarget
from pants.core.util_rules.partitions import Partitions
from pants.engine.addresses import Address, Addresses
from pants.engine.rules import QueryRule
from pants.engine.target import Dependencies, DependenciesRequest, Target
from pants.testutil.rule_runner import RuleRunner

from import_rules import checks
from import_rules.checks import ImportRulesFieldSet, ImportRulesRequest

OPTIONS = [
    """--import-rules-zones={
        'libs/shared': 'all', 'services/*': [], 'infra': [], 'tools': []
    }""",
    "--import-rules-rooms={'libs/shared': {'order': ['good', 'bad']}}",
]


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *checks.rules(),
            QueryRule(Addresses, [DependenciesRequest]),
            QueryRule(LintResult, [ImportRulesRequest.Batch]),
        ],
        target_types=[GenericTarget],
    )
    runner.set_options(OPTIONS)
    runner.write_files(
        {
            "libs/shared/good/BUILD": (
                "target()\ntarget(name='turned', dependencies=['libs/shared/bad'])"
            ),
            "libs/shared/bad/BUILD": "target(dependencies=['services/users', 'libs/shared/good'])",
            "services/users/BUILD": "target(dependencies=['infra', 'tools'])",
            "infra/BUILD": "target()",
            "tools/BUILD": "target()",
        }
    )
    return runner


def lint(rule_runner: RuleRunner, *folders: str) -> LintResult:
    targets = (rule_runner.get_target(Address(folder)) for folder in folders)
    return lint_targets(rule_runner, *targets)


def lint_targets(rule_runner: RuleRunner, *targets: Target) -> LintResult:
    (partition,) = Partitions.single_partition(map(ImportRulesFieldSet.create, targets))
    batch = ImportRulesRequest.Batch("import-rules", partition.elements, partition.metadata)
    return rule_runner.request(LintResult, [batch])


def test_lint_lists_all_violations_of_all_targets(rule_runner: RuleRunner) -> None:
    result = lint(rule_runner, "services/users", "libs/shared/good", "libs/shared/bad")
    assert result.exit_code == 1
    assert result.stdout == (
        "libs/shared/bad:bad -> services/users:users: "
        "only services/users itself may depend on services/users\n"
        "services/users:users -> infra:infra: only infra itself may depend on infra\n"
        "services/users:users -> tools:tools: only tools itself may depend on tools"
    )


def test_lint_lists_what_runs_against_the_order_of_rooms(rule_runner: RuleRunner) -> None:
    target = rule_runner.get_target(Address("libs/shared/good", target_name="turned"))
    assert lint_targets(rule_runner, target).stdout == (
        "libs/shared/good:turned -> libs/shared/bad:bad: good may not use bad: "
        "in libs/shared the order is good, bad, and each may use those before it"
    )


def test_a_room_that_is_not_there_is_named(rule_runner: RuleRunner) -> None:
    rule_runner.set_options(
        ["--import-rules-rooms={'libs/shared': {'order': ['good', 'bda'], 'beside': ['bad']}}"]
    )
    result = lint(rule_runner, "libs/shared/good")
    assert (result.exit_code, result.stdout) == (
        1,
        "[import-rules].rooms: `libs/shared` names `bda`, and there is no folder or module of that "
        "name in it. Remove it, or correct its spelling.",
    )


def test_a_bad_table_is_one_clear_error(rule_runner: RuleRunner) -> None:
    rule_runner.set_options(["--import-rules-zones={'libs': 'any'}"])
    with pytest.raises(
        Exception, match=r"\[import-rules\].zones: `libs` has 'any'. Expected `all`"
    ):
        lint(rule_runner, "libs/shared/good")


def test_lint_passes(rule_runner: RuleRunner) -> None:
    result = lint(rule_runner, "infra", "libs/shared/good")
    assert (result.exit_code, result.stdout) == (0, "")


def test_computing_dependencies_is_refused(rule_runner: RuleRunner) -> None:
    """What `test`, `check` and `dependencies` do first."""
    field = rule_runner.get_target(Address("services/users"))[Dependencies]
    with pytest.raises(Exception, match="services/users:users -> infra:infra") as refused:
        rule_runner.request(Addresses, [DependenciesRequest(field)])
    assert "services/users:users -> tools:tools" in str(refused.value)
