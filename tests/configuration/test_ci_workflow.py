"""The workflow of CI: little allowed, no cache of a request, and one job that knows of all others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOW: dict[str, Any] = yaml.safe_load(Path(".github/workflows/ci.yml").read_text())
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
PAGE = Path("docs/ci.md").read_text()


@pytest.mark.parametrize("name", JOBS)
def test_a_job_reads_the_repository_and_holds_no_secret(name: str) -> None:
    job = JOBS[name]
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert job.get("permissions", {}) == {}
    text = yaml.safe_dump(job)
    assert "secrets." not in text and "token" not in text.lower()
    # Nor does the workflow hand one to all of its jobs.
    rest = yaml.safe_dump({key: WORKFLOW[key] for key in WORKFLOW if key != "jobs"})
    assert "secrets." not in rest and "token" not in rest.lower()
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_what_a_fork_sends_is_run_by_no_workflow_with_rights() -> None:
    """These run with the rights and the secrets of the repository, on words or code of anybody."""
    privileged = {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion"}
    for path in sorted(Path(".github/workflows").glob("*.yml")):
        # (YAML reads `on` as true.)
        triggers = yaml.safe_load(path.read_text())[True]
        assert not privileged & set(triggers), path
        assert ("pull_request" in triggers) == (path.name == "ci.yml"), path


def test_a_request_writes_no_cache() -> None:
    saving = []
    for name, job in JOBS.items():
        for step in job["steps"]:
            used = step.get("uses", "").partition("@")[0]
            # This one saves at the end of any job.
            assert used != "actions/cache"
            if used == "actions/cache/save":
                saving.append(name)
                pushed = "github.event_name == 'push'"
                assert pushed in (step.get("if"), job.get("if"))
    assert saving == ["test", "report"]
    # Not `pull_request_target`, whose runs count as runs of main. (YAML reads `on` as true.)
    assert set(WORKFLOW[True]) == {"push", "pull_request"}  # type: ignore[index]
    assert WORKFLOW[True]["push"] == {"branches": ["main"]}  # type: ignore[index]


def test_the_gate_waits_for_all_and_judges_whatever_became_of_them() -> None:
    gate = JOBS["gate"]
    assert sorted(gate["needs"]) == sorted(set(JOBS) - {"gate"})
    assert gate["if"] == "always()"
    assert JOBS["test"]["continue-on-error"] == "${{ !matrix.blocking }}"
    assert JOBS["test"]["if"] == "needs.plan.outputs.jobs != '{\"include\":[]}'"


def test_nothing_reaches_a_shell_but_by_its_environment() -> None:
    steps = [step for job in JOBS.values() for step in job["steps"] if "run" in step]
    assert len(steps) == 7
    assert not any("${{" in step["run"] for step in steps)


def test_the_page_has_every_job_and_its_commands() -> None:
    rows = dict(
        (cells[1].strip(), cells[2])
        for line in PAGE.splitlines()
        if len(cells := line.split("|")) > 3
    )
    for name, job in JOBS.items():
        (row,) = [row for title, row in rows.items() if re.match(rf"{name}\b", title)]
        if name == "plan":
            assert "matrix-shards --max=12" in job["steps"][-1]["run"] and "--max=12" in row
        elif name != "gate":
            for step in job["steps"]:
                assert f"`{step['run']}`" in row if "run" in step else True
