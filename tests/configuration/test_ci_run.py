"""`.ci/run`, with stand-ins for what it calls."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Fails when it is called as `fails` says; notes how it was called, and reads its input.
STAND_IN = """#!/bin/sh
called="$(basename "$0")${*:+ $*}"
echo "$called CI=$CI $PANTS_CONFIG_FILES [$(cat)]" >> calls
[ "$called" != "$(cat fails)" ] || exit 7
"""

STEPS = {
    "system-packages": "tools/bootstrap/system-packages",
    "pythons": "tools/bootstrap/pythons",
    "pants test ::": "./pants test ::",
    "pants lint :: check ::": "./pants lint :: check ::",
    "pants generate-matrix --check ::": "./pants generate-matrix --check ::",
    "actionlint": ".ci/actionlint",
    "pants matrix-report ::": "./pants matrix-report ::",
    "pants run tools/cmd/support_table.py -- --check": (
        "./pants run tools/cmd/support_table.py -- --check"
    ),
    "pants run tools/cmd/images.py -- check": "./pants run tools/cmd/images.py -- check",
    "commands": ".ci/commands",
}
CALLS = [f"{step} CI=true pants.ci.toml []" for step in STEPS]
PROGRAMS = (
    "tools/bootstrap/system-packages",
    "tools/bootstrap/pythons",
    "pants",
    ".ci/actionlint",
    ".ci/commands",
)


def run(root: Path, fails: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    for name in PROGRAMS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(STAND_IN)
        (root / name).chmod(0o755)
    shutil.copy(".ci/run", root / ".ci/run")
    (root / "fails").write_text(fails)
    return subprocess.run(
        [root / ".ci/run", *arguments],
        cwd=root.parent,
        env={"PATH": "/usr/bin:/bin"},
        input="not for CI",
        capture_output=True,
        text=True,
    )


def test_runs_everything_and_says_so_in_its_last_line(tmp_path: Path) -> None:
    done = run(tmp_path, fails="nothing")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "ci: passed")
    assert (tmp_path / "calls").read_text().splitlines() == CALLS


@pytest.mark.parametrize("fails, step", STEPS.items())
def test_one_failure_fails_the_run_and_stops_nothing(tmp_path: Path, fails: str, step: str) -> None:
    done = run(tmp_path, fails)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"ci: FAILED: [{step}]")
    assert (tmp_path / "calls").read_text().splitlines() == CALLS


def calls(root: Path) -> list[str]:
    return [line.partition(" CI=")[0] for line in (root / "calls").read_text().splitlines()]


def test_its_parts_are_the_whole(tmp_path: Path) -> None:
    """Each step is in one of them, but for what a machine is given first."""
    parts = {}
    for part in ("checks", "tests", "report"):
        root = tmp_path / part
        root.mkdir()
        assert run(root, "nothing", part).returncode == 0
        parts[part] = calls(root)
    assert parts["tests"] == ["system-packages", "pythons", "pants test ::"]
    assert parts["report"] == [step for step in STEPS if "report" in step or "support" in step]
    first = parts["checks"][:2]
    assert first == parts["tests"][:2]
    assert sorted([*parts["tests"], *parts["report"], *parts["checks"][2:]]) == sorted(STEPS)


def test_what_is_no_part_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "nothing", "check")
    assert (done.returncode, done.stderr) == (
        2,
        "ci: check is no part: expected checks, tests or report\n",
    )
