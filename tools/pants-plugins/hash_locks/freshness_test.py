from __future__ import annotations

import pytest
from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.goals.lint import LintResult
from pants.core.util_rules.partitions import Partitions
from pants.testutil.rule_runner import QueryRule, RuleRunner

from hash_locks import freshness
from hash_locks.carried.environments import DEFAULT_PLATFORMS
from hash_locks.freshness import FreshLocksRequest
from hash_locks.lock_file import LockInputs, render
from hash_locks.requirements_file import parse

INPUT = "httpx>=0.27  # A client.\n"
LOCK = render(
    "httpx==0.27 \\\n    --hash=sha256:aa\n",
    LockInputs(
        (("3rdparty/one.in", parse(INPUT, "one.in")),),
        ("3.9", "3.10", "3.11", "3.12"),
        DEFAULT_PLATFORMS,
    ),
    command="./pants generate-lockfiles --resolve=one.lock",
)


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *freshness.rules(),
            *PythonSetup.rules(),
            QueryRule(Partitions, [FreshLocksRequest.PartitionRequest]),
            QueryRule(LintResult, [FreshLocksRequest.Batch]),
        ],
    )
    runner.set_options(
        [
            "--pants-bin-name=./pants",
            "--python-resolves={'one': 'locks/one.lock', 'two': 'locks/two.lock'}",
            "--python-resolves-to-interpreter-constraints={'one': ['CPython>=3.9,<3.13']}",
            "--python-interpreter-constraints=['CPython==3.12.*']",
            "--hash-locks-input=3rdparty/{resolve}.in",
        ]
    )
    return runner


def partitioned(runner: RuleRunner, *files: str) -> list[tuple[str, ...]]:
    found = runner.request(Partitions, [FreshLocksRequest.PartitionRequest(files)])
    return [partition.elements for partition in found]


def checked(runner: RuleRunner, *resolves: str) -> LintResult:
    return runner.request(LintResult, [FreshLocksRequest.Batch("hash-locks", resolves, None)])


@pytest.mark.parametrize(
    ("files", "resolves"),
    [
        (("locks/one.lock",), ("one",)),
        (("3rdparty/two.in", "README.md"), ("two",)),
        (("locks/one.lock", "3rdparty/two.in"), ("one", "two")),
        (("README.md",), ()),
    ],
)
def test_a_lock_is_checked_with_any_of_its_files(
    rule_runner: RuleRunner, files: tuple[str, ...], resolves: tuple[str, ...]
) -> None:
    assert [each for part in partitioned(rule_runner, *files) for each in part] == list(resolves)


@pytest.mark.parametrize(
    ("there", "resolves"),
    [
        ({}, ()),
        ({"3rdparty/one.in": INPUT}, ("one",)),
        ({"locks/two.lock": LOCK}, ("two",)),
        ({"3rdparty/one.in": INPUT, "locks/one.lock": LOCK}, ()),
    ],
)
def test_a_lock_or_an_input_that_is_gone_is_missed_whatever_is_looked_at(
    rule_runner: RuleRunner, there: dict[str, str], resolves: tuple[str, ...]
) -> None:
    rule_runner.write_files(there)
    for files in ((), ("README.md",)):
        assert [each for part in partitioned(rule_runner, *files) for each in part] == list(
            resolves
        )


def test_fresh(rule_runner: RuleRunner) -> None:
    rule_runner.write_files({"3rdparty/one.in": INPUT, "locks/one.lock": LOCK})
    result = checked(rule_runner, "one")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"3rdparty/one.in": "httpx>=0.28  # A client.\n", "locks/one.lock": LOCK},
            "locks/one.lock is stale: 3rdparty/one.in changed since it was made. "
            "To mend it, run `./pants generate-lockfiles --resolve=one.lock`.",
        ),
        (
            {"3rdparty/one.in": INPUT, "locks/one.lock": LOCK.replace(":aa", ":bb")},
            "locks/one.lock was edited by hand. "
            "To mend it, run `./pants generate-lockfiles --resolve=one.lock`.",
        ),
        (
            {"3rdparty/one.in": INPUT},
            "locks/one.lock does not exist. "
            "To mend it, run `./pants generate-lockfiles --resolve=one.lock`.",
        ),
        (
            {"3rdparty/one.in": "httpx\n", "locks/one.lock": LOCK},
            "3rdparty/one.in:1: `httpx` has no reason. "
            "Say in a comment beside or above it what it is for.",
        ),
        (
            {"3rdparty/one.in": "tomli; python_version >= '3.13'  # TOML.\n"},
            "3rdparty/one.in:1: `tomli; python_version >= '3.13'` holds for none of Python 3.9, 3.10, "
            "3.11, 3.12 on linux-x86_64-glibc2.28, macos-arm64-14.0, which the lock is for. Remove it, "
            "or correct its marker.",
        ),
        (
            {"locks/one.lock": LOCK},
            "The resolve `one` of [python.resolves] is made from 3rdparty/one.in, and there is no "
            "such file. Write it, name another in [hash-locks.inputs], or remove the resolve.",
        ),
    ],
)
def test_what_is_wrong_is_named(
    rule_runner: RuleRunner, files: dict[str, str], message: str
) -> None:
    rule_runner.write_files(files)
    result = checked(rule_runner, "one")
    assert (result.exit_code, result.stdout) == (1, message)


def test_every_problem_is_told(rule_runner: RuleRunner) -> None:
    rule_runner.write_files({"3rdparty/one.in": INPUT, "3rdparty/two.in": INPUT})
    assert checked(rule_runner, "one", "two").stdout.count("does not exist") == 2


def test_a_platform_that_is_none_is_named_with_the_option(rule_runner: RuleRunner) -> None:
    rule_runner.set_options(
        ["--python-resolves={'one': 'one.lock'}", "--hash-locks-platforms=['linux']"]
    )
    rule_runner.write_files({"3rdparty/python/tools/one.in": INPUT})
    told = checked(rule_runner, "one").stdout
    assert told.startswith("[hash-locks].platforms: `linux` is no platform. Expected system,")
