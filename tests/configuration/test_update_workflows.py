"""The workflows of updates: no secret where third-party code runs, and commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from matrix_updates import cli

WORKFLOWS = Path(".github/workflows")
RUN = "./pants run libs/shared/matrix-updates:matrix-updates -- "
PAGES = (WORKFLOWS / "update.yml", WORKFLOWS / "canary.yml", Path("docs/updates.md"))


def jobs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name in ("update.yml", "canary.yml"):
        workflow = yaml.safe_load((WORKFLOWS / name).read_text())
        for job in workflow["jobs"].values():
            yield name, workflow, job


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_what_runs_third_party_code_holds_no_secret() -> None:
    seen = 0
    for _, workflow, job in jobs():
        if not re.search(r"-- (prepare|canary)", commands(job)):
            continue
        seen += 1
        assert job.get("permissions", workflow["permissions"]) == {"contents": "read"}
        assert "token" not in yaml.safe_dump(job).lower()
        assert "secrets." not in yaml.safe_dump(job)
        # Nor does the workflow hand one to all of its jobs.
        rest = yaml.safe_dump({key: workflow[key] for key in workflow if key != "jobs"})
        assert "secrets." not in rest and "github.token" not in rest
        (checkout,) = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False
    assert seen == 2


def test_what_holds_a_secret_runs_publish_alone() -> None:
    (job,) = [job for _, _, job in jobs() if "github.token" in yaml.safe_dump(job)]
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}
    told = " ".join(commands(job).replace("\\\n", " ").split())
    assert told == f"{RUN}publish dist/updates --merged dist/merged.json"


def test_on_gitlab_as_well() -> None:
    text = Path("docs/updates.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    pipeline = yaml.safe_load(block)
    found = {name: "\n".join(pipeline[name]["script"]) for name in ("prepare", "publish")}
    assert "TOKEN" not in found["prepare"] and "environment" not in pipeline["prepare"]
    for name, script in found.items():
        (line,) = [each for each in script.splitlines() if "matrix-updates" in each]
        words = shlex.split(line.partition("||")[0])
        assert words[:2] == ["matrix-updates", name]
        assert cli._parser().parse_args(words[1:]).run


def test_no_cache_is_written_and_no_input_reaches_a_shell_unquoted() -> None:
    for _, _, job in jobs():
        for step in job["steps"]:
            used = step.get("uses", "").partition("@")[0]
            assert not used.startswith("actions/cache") or used == "actions/cache/restore"
            # What sets up a language may keep a cache of its own.
            assert "cache" not in step.get("with", {})
        assert "${{" not in commands(job)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_is_one_of_the_program(page: Path) -> None:
    text = page.read_text().replace("\\\n", " ")
    found = [line.partition(RUN)[2] for line in text.splitlines() if RUN in line]
    assert found
    for line in found:
        words = shlex.split(line.partition("${ONLY")[0].partition("||")[0])
        assert cli._parser().parse_args(words).run
