from __future__ import annotations

import json
from typing import Any

import pytest
from pants.backend.python import target_types_rules
from pants.backend.python.goals.pytest_runner import PyTestRequest
from pants.backend.python.target_types import PythonTestsGeneratorTarget, PythonTestTarget
from pants.core.goals.test import TestRequest, TestSubsystem
from pants.core.util_rules import distdir
from pants.engine.unions import UnionRule
from pants.testutil.rule_runner import RuleRunner
from pants.vcs.changed import Changed

from version_matrix.cells.runner import CellTestRequest
from version_matrix.goals import matrix_shards
from version_matrix.goals.matrix_shards import MatrixShards
from version_matrix.stanza import target_generation
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

LINUX, MAC = "linux-x86_64-glibc2.28", "macos-arm64-14.0"


def sample(version: str, tier: str, trials: "list[str]") -> "dict[str, Any]":
    pythons = ["3.11", "3.12"]
    return {
        "version": version,
        "tier": tier,
        "pythons": pythons,
        "trials": trials,
        "lock": "sha256:0",
    }


def lock(*platforms: str) -> str:
    return f"# pythons: 3.11, 3.12\n# platforms: {', '.join(platforms)}\n"


SAMPLES = {
    "format": 2,
    "samples": [
        sample("1.0", "lowest", []),
        sample("2.0", "latest", ["3.12"]),
        sample("3.0rc1", "prerelease", []),
    ],
    "snapshot": "sha256:1",
}


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *matrix_shards.rules(),
            *target_generation.rules(),
            *target_types_rules.rules(),
            *distdir.rules(),
            # That they are there, not how they run.
            UnionRule(TestRequest, PyTestRequest),
            UnionRule(TestRequest, CellTestRequest),
            *Changed.rules(),
            *TestSubsystem.rules(),
        ],
        target_types=[
            MatrixTestsTarget,
            MatrixTestFileTarget,
            MatrixCellTarget,
            PythonTestsGeneratorTarget,
            PythonTestTarget,
        ],
    )
    runner.write_files(
        {
            "one/BUILD": "python_matrix_tests(name='matrix', package='httpx>=0.16')",
            "one/test_it.py": "",
            "one/matrix/samples.json": json.dumps(SAMPLES),
            "one/matrix/1.0.lock": lock(LINUX),
            "one/matrix/2.0.lock": lock(LINUX, MAC),
            "one/matrix/3.0rc1.lock": lock(LINUX, MAC),
            "two/BUILD": "python_tests(name='t', batch_compatibility_tag='two')",
            "two/test_a.py": "",
            "two/test_b.py": "",
            "three/BUILD": "python_tests(name='t')",
            "three/test_c.py": "",
            "report.json": json.dumps(
                {
                    "suites": [
                        {
                            "address": "one:matrix",
                            "cells": [{"version": "1.0", "python": "3.11", "seconds": 400}],
                        }
                    ]
                }
            ),
        }
    )
    return runner


def shares(rule_runner: RuleRunner, *arguments: str) -> "list[dict[str, Any]]":
    done = rule_runner.run_goal_rule(
        MatrixShards, args=["--times=report.json", *arguments], env_inherit={"PATH"}
    )
    assert done.exit_code == 0, done.stderr
    (line,) = done.stdout.splitlines()
    found: "list[dict[str, Any]]" = json.loads(line)["include"]
    return found


def test_every_test_is_in_a_job_of_each_platform_that_it_is_for(rule_runner: RuleRunner) -> None:
    jobs = shares(rule_runner, "--max=9", "::")
    found: "dict[tuple[str, bool], list[str]]" = {}
    for job in jobs:
        found.setdefault((job["platform"], job["blocking"]), []).extend(job["targets"].split())
    assert {kind: sorted(tests) for kind, tests in found.items()} == {
        (LINUX, True): [
            "one:matrix#1.0@python=3.11",
            "one:matrix#1.0@python=3.12",
            "one:matrix#2.0@python=3.11",
            "three/test_c.py:t",
            "two/test_a.py:t",
            "two/test_b.py:t",
        ],
        (LINUX, False): [
            "one:matrix#2.0@python=3.12",
            "one:matrix#3.0rc1@python=3.11",
            "one:matrix#3.0rc1@python=3.12",
        ],
        (MAC, True): ["one:matrix#2.0@python=3.11"],
        (MAC, False): [
            "one:matrix#2.0@python=3.12",
            "one:matrix#3.0rc1@python=3.11",
            "one:matrix#3.0rc1@python=3.12",
        ],
    }
    # What may share a process does; what is taken to last long has a job of its own.
    batches = [job for job in jobs if "two/test_a.py:t" in job["targets"]]
    assert all("two/test_b.py:t" in job["targets"] for job in batches)
    assert {job["runner"] for job in jobs} == {"ubuntu-latest", "macos-latest"}


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["three::"], 1),
        (["one:matrix#2.0"], 4),
        (["--platforms=linux-x86_64-glibc2.28", "one:matrix#2.0"], 2),
        (
            [
                "--platforms=linux-x86_64-glibc2.28",
                "--version-matrix-trials=block",
                "one:matrix#2.0",
            ],
            1,
        ),
        (["report.json"], 0),
        # Without an argument it is all.
        ([], 4),
    ],
)
def test_how_many_jobs(rule_runner: RuleRunner, arguments: "list[str]", count: int) -> None:
    assert len(shares(rule_runner, "--max=1", *arguments)) == count


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--max=0"], "--max=0: expected at least one job"),
        (["--platforms=windows"], "--platforms has windows: expected some of linux-"),
        (["--times=one/BUILD"], "one/BUILD is no report of a matrix"),
        (["--times=nowhere"], "No such file"),
        (
            [
                "--version-matrix-platforms=['linux-riscv64-glibc2.39']",
            ],
            "no machine is known for linux-riscv64-glibc2.39: name its label in [matrix-shards].runners",
        ),
    ],
)
def test_what_is_wrong_is_said(rule_runner: RuleRunner, arguments: "list[str]", told: str) -> None:
    done = rule_runner.run_goal_rule(MatrixShards, args=[*arguments, "::"], env_inherit={"PATH"})
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr
