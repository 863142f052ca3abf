from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pants.core.util_rules.system_binaries import GitBinary
from pants.vcs.git import GitWorktree

from version_matrix.engine.processes import commit_of


def git(folder: Path, *arguments: object) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    command = ("git", *identity, *map(str, arguments))
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> str | None:
    binary = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin")
    assert binary is not None
    return commit_of(GitWorktree(binary=GitBinary(binary), worktree=folder))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    return repository


def commit_twice(repository: Path) -> None:
    for text in ("1", "2"):
        (repository / "file").write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", text)


def test_where_nothing_is_committed_yet_there_is_no_commit(repository: Path) -> None:
    (repository / "file").write_text("")
    git(repository, "add", "-A")
    assert commit(repository) is None


def test_the_commit_and_whether_files_differ_from_it(repository: Path) -> None:
    commit_twice(repository)
    found = commit(repository)
    assert found is not None and re.fullmatch("[0-9a-f]{40}", found)
    (repository / "file").write_text("3")
    assert commit(repository) == f"{found}+"


def test_a_worktree_of_another_branch(repository: Path, tmp_path: Path) -> None:
    commit_twice(repository)
    git(repository, "worktree", "add", "-q", "-b", "other", tmp_path / "other")
    assert commit(tmp_path / "other") == commit(repository) is not None


def test_a_shallow_clone(repository: Path, tmp_path: Path) -> None:
    commit_twice(repository)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "shallow")
    assert commit(tmp_path / "shallow") == commit(repository) is not None
