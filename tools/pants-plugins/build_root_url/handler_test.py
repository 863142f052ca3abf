"""A tool whose program lies in the build root, wherever that is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pants.core.util_rules.external_tool import rules as external_tool_rules
from pants.engine.fs import Digest, DigestContents, DownloadFile, FileDigest
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from build_root_url import handler

PROGRAM = b"#!/bin/sh\n"
DIGEST = FileDigest(hashlib.sha256(PROGRAM).hexdigest(), len(PROGRAM))


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *external_tool_rules(),
            *handler.rules(),
            QueryRule(Digest, [DownloadFile]),
            QueryRule(DigestContents, [Digest]),
        ],
    )
    runner.write_files({"tools/répo dir/program": PROGRAM})
    return runner


def download(runner: RuleRunner, url: str, digest: FileDigest = DIGEST) -> dict[str, bytes]:
    found = runner.request(Digest, [DownloadFile(url, digest)])
    contents = runner.request(DigestContents, [found])
    return {entry.path: entry.content for entry in contents}


def test_is_named_by_its_last_part(rule_runner: RuleRunner) -> None:
    url = "buildroot:tools/répo dir/program"
    assert download(rule_runner, url) == {"program": PROGRAM}


def test_another_digest_is_refused(rule_runner: RuleRunner) -> None:
    url = "buildroot:tools/répo dir/program"
    with pytest.raises(ExecutionError, match=f"has the sha256 {DIGEST.fingerprint} and 10 bytes"):
        download(rule_runner, url, FileDigest("0" * 64, len(PROGRAM)))


def test_what_is_not_there_is_named(rule_runner: RuleRunner) -> None:
    with pytest.raises(ExecutionError, match="the URL buildroot:tools/none"):
        download(rule_runner, "buildroot:tools/none")


def test_other_urls_are_left_to_pants(rule_runner: RuleRunner, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(PROGRAM)
    assert download(rule_runner, f"file:{program}") == {"program": PROGRAM}
