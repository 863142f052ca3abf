from __future__ import annotations

import pytest
from pants.backend.python import target_types_rules
from pants.backend.python.dependency_inference import rules as dependency_inference_rules
from pants.backend.python.target_types import (
    PythonSourcesGeneratorTarget,
    PythonSourceTarget,
    PythonTestsGeneratorTarget,
    PythonTestTarget,
    PythonTestUtilsGeneratorTarget,
)
from pants.core.goals.lint import LintResult
from pants.core.util_rules.partitions import Partitions
from pants.testutil.rule_runner import QueryRule, RuleRunner

from isort_first_party import checks
from isort_first_party.checks import FirstPartyRequest


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *checks.rules(),
            *dependency_inference_rules.rules(),
            *target_types_rules.rules(),
            QueryRule(Partitions, [FirstPartyRequest.PartitionRequest]),
            QueryRule(LintResult, [FirstPartyRequest.Batch]),
        ],
        target_types=[
            PythonSourceTarget,
            PythonSourcesGeneratorTarget,
            PythonTestTarget,
            PythonTestsGeneratorTarget,
            PythonTestUtilsGeneratorTarget,
        ],
    )
    runner.set_options(
        ["--source-root-patterns=['/src', '/tests']", "--python-infer-use-rust-parser"]
    )
    runner.write_files(
        {
            "src/users/BUILD": "python_sources()",
            "src/users/db.py": "",
            "src/report.py": "",
            "src/BUILD": "python_sources()",
            "tests/BUILD": "python_tests()\npython_test_utils(name='utils')",
            "tests/conftest.py": "",
            "tests/test_users.py": "",
        }
    )
    return runner


def checked(runner: RuleRunner, names: str) -> list[str]:
    config = f"[tool.isort]\nknown_first_party = {names}\n\n[tool.other]\nnames = ['x']\n"
    runner.write_files({"pyproject.toml": config})
    result = runner.request(
        LintResult, [FirstPartyRequest.Batch("first-party", ("pyproject.toml",), None)]
    )
    found = result.stdout.splitlines()
    assert result.exit_code == (1 if found else 0)
    return found


def test_every_module_is_on_the_list(rule_runner: RuleRunner) -> None:
    assert checked(rule_runner, '[\n  "report",\n  "users",  # Ours.\n]') == []


def test_what_is_missing_and_what_is_gone_is_named(rule_runner: RuleRunner) -> None:
    assert checked(rule_runner, '["report", "orders"]') == [
        "pyproject.toml: `known_first_party` of isort lacks users. Add what is ours.",
        "pyproject.toml: `known_first_party` of isort has orders, and no module is so called.",
    ]


@pytest.mark.parametrize(
    ("files", "partitions"),
    [(("pyproject.toml",), 1), (("src/users/db.py", "a.md"), 1), (("README.md",), 0)],
)
def test_it_is_looked_at_with_any_module(
    rule_runner: RuleRunner, files: tuple[str, ...], partitions: int
) -> None:
    found = rule_runner.request(Partitions, [FirstPartyRequest.PartitionRequest(files)])
    assert len(found) == partitions
