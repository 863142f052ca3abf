"""`./pants --changed-since=REVISION` where git does not have the revision, as in a clone of CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Tuple

import pytest

CLIENT = '#!/bin/sh\necho "started: $*"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of three commits with the launcher, and what stands for an installed Pants."""
    root = tmp_path / "origin"
    files = {
        "tools/bootstrap/ensure": f'#!/bin/sh\necho "{tmp_path}/venv"\n',
        ".pants.bootstrap": "",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    shutil.copy("pants", root)
    client = tmp_path / "venv/bin/native_client"
    client.parent.mkdir(parents=True)
    client.write_text(CLIENT)
    client.chmod(0o755)
    git(root, "init", "-q", "-b", "main")
    for number in range(3):
        (root / "file").write_text(str(number))
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", str(number))
    return root


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=True, capture_output=True)


def pants(root: Path, *arguments: str, **env: str) -> Tuple[int, str, str]:
    done = subprocess.run(
        (root / "pants", *arguments),
        env={"PATH": os.environ.get("PATH", os.defpath), **env},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments", [("--changed-since=nowhere",), ("--changed-since", "nowhere")]
)
def test_an_unknown_revision_is_told_with_what_to_do(
    root: Path, arguments: Tuple[str, ...]
) -> None:
    status, output, error = pants(root, *arguments, "test")
    assert (status, output) == (1, "")
    assert "--changed-since=nowhere: git has no such revision here" in error
    assert "`git branch --all`" in error


@pytest.mark.parametrize("diff", ["nowhere..HEAD", "main...nowhere", "nowhere", "..nowhere"])
def test_and_so_are_those_of_a_diff(root: Path, diff: str) -> None:
    status, output, error = pants(root, f"--changed-diffspec={diff}", "test")
    assert (status, output) == (1, "")
    assert f"--changed-diffspec={diff}: git has no such revision here" in error


def test_and_what_the_environment_names(root: Path) -> None:
    status, _, error = pants(root, "test", PANTS_CHANGED_SINCE="nowhere")
    assert status == 1 and "--changed-since=nowhere: git has no such revision here" in error


def test_where_nothing_is_committed_yet(root: Path) -> None:
    shutil.rmtree(root / ".git")
    git(root, "init", "-q", "-b", "main")
    status, _, error = pants(root, "--changed-since=main", "list")
    assert status == 1 and "--changed-since=main: git has no such revision here" in error


def test_in_a_shallow_clone_it_is_told_what_to_fetch(root: Path, tmp_path: Path) -> None:
    git(root, "checkout", "-q", "-b", "branch")
    git(root, "commit", "-q", "--allow-empty", "-m", "more")
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "branch", f"file://{root}", "clone")
    clone = tmp_path / "clone"
    status, _, error = pants(clone, "--changed-since=origin/main", "list")
    assert status == 1
    assert "This clone is shallow" in error
    told = error.partition("`")[2].partition("`")[0]
    subprocess.run(told, shell=True, cwd=clone, check=True, capture_output=True)
    assert pants(clone, "--changed-since=origin/main", "list")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--changed-since=main", "test"),
        ("--changed-since=HEAD~1", "list"),
        ("--changed-diffspec=HEAD~2..HEAD~1", "list"),
        ("--changed-diffspec=HEAD~1...", "list"),
        ("--changed-diffspec=HEAD", "list"),
        ("test", "::", "--", "--changed-since=nowhere"),
        ("list", "::"),
        (),
    ],
)
def test_what_is_known_starts_pants(root: Path, arguments: Tuple[str, ...]) -> None:
    assert pants(root, *arguments) == (0, f"started: {' '.join(arguments)}\n", "")


def test_outside_of_git_pants_says_what_it_thinks(root: Path) -> None:
    shutil.rmtree(root / ".git")
    assert pants(root, "--changed-since=main", "list")[0] == 0
