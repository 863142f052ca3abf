"""`.ci/run`, with stand-ins for what it calls."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Fails when its arguments hold the word in `fails`; notes how it was called, and reads its input.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $* CI=$CI $PANTS_CONFIG_FILES [$(cat)]" >> calls
case " $(basename "$0") $* " in *" $(cat fails) "*) exit 7 ;; esac
"""

CALLS = [
    "system-packages  CI=true pants.ci.toml []",
    "pants test :: CI=true pants.ci.toml []",
    "pants lint :: check :: CI=true pants.ci.toml []",
    "pants generate-matrix --check :: CI=true pants.ci.toml []",
]


def run(root: Path, fails: str) -> subprocess.CompletedProcess[str]:
    for name in (".ci/run", "tools/bootstrap/system-packages", "pants"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(".ci/run", root / ".ci/run")
    for name in ("tools/bootstrap/system-packages", "pants"):
        (root / name).write_text(STAND_IN)
        (root / name).chmod(0o755)
    (root / "fails").write_text(fails)
    return subprocess.run(
        [root / ".ci/run"],
        cwd=root.parent,
        env={"PATH": "/usr/bin:/bin"},
        input="not for CI",
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_runs_everything_and_says_so_in_its_last_line(tmp_path: Path) -> None:
    done = run(tmp_path, fails="nothing")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "ci: passed")
    assert (tmp_path / "calls").read_text().splitlines() == CALLS


@pytest.mark.parametrize(
    "fails, step",
    [
        ("system-packages", "tools/bootstrap/system-packages"),
        ("test", "./pants test ::"),
        ("check", "./pants lint :: check ::"),
        ("--check", "./pants generate-matrix --check ::"),
    ],
)
def test_one_failure_fails_the_run_and_stops_nothing(tmp_path: Path, fails: str, step: str) -> None:
    done = run(tmp_path, fails)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"ci: FAILED: [{step}]")
    assert (tmp_path / "calls").read_text().splitlines() == CALLS
