"""The workflow of releases: what builds has no rights, and what uploads runs nothing of ours."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import release

WORKFLOW = Path(".github/workflows/release.yml")


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return found


def test_permissions_are_least() -> None:
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs().items()} == {
        "build": {"contents": "read"},
        "publish": {"id-token": "write"},
    }
    assert "secrets." not in WORKFLOW.read_text()


def test_what_uploads_checks_nothing_out_and_runs_nothing() -> None:
    publish = jobs()["publish"]
    assert publish["needs"] == "build" and publish["environment"] == "pypi"
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert publish["steps"][-1]["with"] == {"attestations": True}
    assert not any("run" in step for step in publish["steps"])


def test_what_builds_keeps_no_credentials_and_reads_no_cache() -> None:
    build = jobs()["build"]
    checkout = build["steps"][0]
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert "cache" not in yaml.safe_dump(build["steps"]).replace("No cache", "")
    assert not any("${{" in step.get("run", "") for step in build["steps"])


def test_actions_are_pinned_as_in_the_other_workflows() -> None:
    found = set(re.findall(r"uses: (\S+)", WORKFLOW.read_text()))
    assert all(re.search(r"@[0-9a-f]{40}$", use) for use in found)
    others = "".join(path.read_text() for path in WORKFLOW.parent.glob("*.yml") if path != WORKFLOW)
    assert {use for use in found if use not in others} == {
        "pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc"
    }


def test_its_command_exists(capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = [step["run"] for step in jobs()["build"]["steps"] if "./pants" in step.get("run", "")]
    (line,) = [line for line in run.splitlines() if "./pants run" in line]
    words = shlex.split(line.partition("$(")[2].rpartition(")")[0])
    assert words[:4] == ["./pants", "run", "tools/cmd/release.py", "--"]
    assert release.main([words[4].replace("${TAG}", "no-such-v1")]) == 1
    assert "'no-such-v1' is no tag of what is committed" in capsys.readouterr().err
