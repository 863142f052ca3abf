from __future__ import annotations

from typing import Any, Tuple

import pytest
from pants.core.util_rules.partitions import Partitions
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from shell_lint import register
from shell_lint.scripts import candidates, is_script
from shell_lint.shellcheck import ShellcheckRequest
from shell_lint.shfmt import ShfmtRequest


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("run.sh", b"", True),
        ("lib.bash", b"echo\n", True),
        (".ci/run", b"#!/usr/bin/env bash\n", True),
        ("pants", b"#!/bin/sh\n", True),
        ("tool", b"#! /usr/bin/bash -e\n", True),
        ("tool", b"#!/usr/bin/env python3\n", False),
        ("tool", b"#!/usr/bin/env fish\n", False),
        ("LICENSE", b"Apache", False),
        ("binary", b"\xff\x00", False),
    ],
)
def test_scripts_are_known_by_name_or_first_line(path: str, content: bytes, expected: bool) -> None:
    assert is_script(path, content) is expected


def test_only_files_that_may_be_scripts_are_read() -> None:
    paths = ("b/run", "a.py", "x.sh", ".pants.bootstrap", "a.lock", "z/BUILD")
    assert candidates(paths) == (".pants.bootstrap", "b/run", "x.sh", "z/BUILD")


@pytest.fixture
def rule_runner() -> RuleRunner:
    return RuleRunner(
        rules=[
            *register.rules(),
            QueryRule(Partitions, [ShellcheckRequest.PartitionRequest]),
            QueryRule(Partitions, [ShfmtRequest.PartitionRequest]),
        ],
    )


def partitioned(runner: RuleRunner, request: Any, *files: str) -> Tuple[Tuple[str, ...], ...]:
    found = runner.request(Partitions, [request.PartitionRequest(files)])
    return tuple(partition.elements for partition in found)


@pytest.mark.parametrize(
    ("tool", "request_type"), [("shellcheck", ShellcheckRequest), ("shfmt", ShfmtRequest)]
)
def test_both_tools_take_the_same_scripts(
    rule_runner: RuleRunner, tool: str, request_type: Any
) -> None:
    rule_runner.write_files({"run": "#!/bin/sh\n", "a/x.sh": "", "NOTICE": "text", "x.py": ""})
    files = ("NOTICE", "run", "x.py", "a/x.sh")
    assert partitioned(rule_runner, request_type, *files) == (("a/x.sh", "run"),)
    assert partitioned(rule_runner, request_type, "NOTICE", "x.py") == ()
    rule_runner.set_options([f"--{tool}-skip"])
    assert partitioned(rule_runner, request_type, *files) == ()
