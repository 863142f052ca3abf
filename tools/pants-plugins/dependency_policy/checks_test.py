from __future__ import annotations

import pytest
from pants.backend.python import target_types_rules
from pants.backend.python.dependency_inference import rules as dependency_inference_rules
from pants.backend.python.macros import python_requirements
from pants.backend.python.macros.python_artifact import PythonArtifact
from pants.backend.python.macros.python_requirements import PythonRequirementsTargetGenerator
from pants.backend.python.target_types import (
    PythonDistribution,
    PythonRequirementTarget,
    PythonSourcesGeneratorTarget,
    PythonSourceTarget,
)
from pants.core.goals.lint import LintResult
from pants.core.util_rules.partitions import Partitions
from pants.testutil.rule_runner import QueryRule, RuleRunner

from dependency_policy import checks
from dependency_policy.checks import DependencyPolicyRequest

PINNED = (
    "https://host.example/archive/0123456789abcdef0123456789abcdef01234567.zip"
    f"#sha256={'0' * 64}"
)
BRANCH = "https://host.example/archive/refs/heads/main.zip"
CLEAN = {
    "3rdparty/python/BUILD": "python_requirements(name='reqs', source='main.in')",
    "3rdparty/python/main.in": f"httpx>=0.27  # HTTP.\nforked @ {PINNED}  # Mended.\n",
    "libs/shared/lib/BUILD": (
        "python_sources(name='lib')\n"
        "python_distribution(\n"
        "    name='dist',\n"
        "    dependencies=[':lib'],\n"
        "    provides=python_artifact(\n"
        "        name='lib', version='1', extras_require={'http': ['httpx>=0.27']}\n"
        "    ),\n"
        ")\n"
    ),
    "libs/shared/lib/code.py": "import httpx\n",
    "services/users/BUILD": "python_sources()",
    "services/users/app.py": "import forked\n",
}


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *checks.rules(),
            *dependency_inference_rules.rules(),
            *python_requirements.rules(),
            *target_types_rules.rules(),
            QueryRule(Partitions, [DependencyPolicyRequest.PartitionRequest]),
            QueryRule(LintResult, [DependencyPolicyRequest.Batch]),
        ],
        target_types=[
            PythonDistribution,
            PythonRequirementTarget,
            PythonRequirementsTargetGenerator,
            PythonSourceTarget,
            PythonSourcesGeneratorTarget,
        ],
        objects={"python_artifact": PythonArtifact},
    )
    runner.set_options(
        [
            "--python-infer-use-rust-parser",
            "--source-root-patterns=['libs/shared/*', 'services/*']",
        ],
        env_inherit={"PATH", "PYENV_ROOT", "HOME"},
    )
    return runner


def violations(runner: RuleRunner, changes: dict[str, str]) -> list[str]:
    files = {**CLEAN, **changes}
    runner.write_files(files)
    request = DependencyPolicyRequest.PartitionRequest(tuple(files))
    (partition,) = runner.request(Partitions, [request])
    batch = DependencyPolicyRequest.Batch(
        "dependency-policy", partition.elements, partition.metadata
    )
    result = runner.request(LintResult, [batch])
    found = result.stdout.splitlines()
    assert result.exit_code == (1 if found else 0)
    return found


def test_a_service_may_use_a_pinned_fork(rule_runner: RuleRunner) -> None:
    assert violations(rule_runner, {}) == []


def test_the_lock_of_a_resolve_is_no_second_home(rule_runner: RuleRunner) -> None:
    lock = 'version = 1\n\n[[package]]\nname = "httpx"\nversion = "0.28.1"\n'
    rule_runner.set_options(
        [
            "--python-infer-use-rust-parser",
            "--source-root-patterns=['libs/shared/*', 'services/*']",
            "--python-resolves={'main': 'uv.lock'}",
        ],
        env_inherit={"PATH", "PYENV_ROOT", "HOME"},
    )
    (found,) = violations(rule_runner, {"uv.lock": lock, "services/users/uv.lock": lock})
    assert found.startswith("services/users/uv.lock: ")


def test_every_violation_is_listed(rule_runner: RuleRunner) -> None:
    found = violations(
        rule_runner,
        {
            "services/users/requirements.txt": "rich\n",
            "services/users/pyproject.toml": "[project]\ndependencies = ['rich']\n",
            "services/users/BUILD": (
                f"python_requirement(name='rich', requirements=['rich @ {BRANCH}'])"
            ),
            "3rdparty/python/main.in": f"httpx>=0.27  # HTTP.\nforked @ {BRANCH}  # Soon.\n",
            "3rdparty/python/fresh.in": "rich\n",
            # The input of a tool's lock is no target.
            "3rdparty/python/tools/pytest.in": f"# Runs tests.\npytest @ {BRANCH}\n",
        },
    )
    assert [violation.partition(": ")[0] for violation in found] == [
        "services/users/requirements.txt",
        "services/users/pyproject.toml",
        "3rdparty/python/fresh.in:1",
        "3rdparty/python/main.in:2",
        "3rdparty/python/tools/pytest.in:2",
        "services/users:rich",
        "3rdparty/python/fresh.in",
        "services/users:rich",
    ]
    (unused,) = (each for each in found if each.startswith("3rdparty/python/fresh.in: "))
    assert 'Add `python_requirements(name="fresh", source="fresh.in")`' in unused


def test_a_wheel_says_only_extras(rule_runner: RuleRunner) -> None:
    build = CLEAN["libs/shared/lib/BUILD"].replace(
        "version='1'", "install_requires=['httpx>=0.27']"
    )
    (found,) = violations(rule_runner, {"libs/shared/lib/BUILD": build})
    assert found.startswith("libs/shared/lib:dist: `install_requires` is a second home")


def test_published_code_may_not_import_a_fork(rule_runner: RuleRunner) -> None:
    found = violations(rule_runner, {"libs/shared/lib/code.py": "import forked\n"})
    assert len(found) == 1
    assert found[0].startswith("libs/shared/lib/code.py: a published wheel cannot require")


def test_an_extra_may_not_be_a_fork(rule_runner: RuleRunner) -> None:
    build = CLEAN["libs/shared/lib/BUILD"].replace("httpx>=0.27", f"forked @ {PINNED}")
    found = violations(rule_runner, {"libs/shared/lib/BUILD": build})
    assert len(found) == 1
    assert found[0].startswith("libs/shared/lib:dist: a published wheel cannot require")
