from __future__ import annotations

from typing import Tuple

import pytest
from pants.core.util_rules.partitions import Partitions
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from docker_lint import register
from docker_lint.hadolint import HadolintRequest


@pytest.fixture
def rule_runner() -> RuleRunner:
    query = QueryRule(Partitions, [HadolintRequest.PartitionRequest])
    return RuleRunner(rules=[*register.rules(), query])


def partitioned(runner: RuleRunner, *files: str) -> Tuple[Tuple[str, ...], ...]:
    found = runner.request(Partitions, [HadolintRequest.PartitionRequest(files)])
    return tuple(partition.elements for partition in found)


def test_dockerfiles_are_known_by_name(rule_runner: RuleRunner) -> None:
    files = ("z/Dockerfile", "a.Dockerfile", "Dockerfile.dev", "Dockerfile.md/x", "dockerfile.py")
    assert partitioned(rule_runner, *files) == (("Dockerfile.dev", "a.Dockerfile", "z/Dockerfile"),)
    assert partitioned(rule_runner, "README.md") == ()


def test_it_can_be_skipped(rule_runner: RuleRunner) -> None:
    rule_runner.set_options(["--hadolint-skip"])
    assert partitioned(rule_runner, "Dockerfile") == ()
