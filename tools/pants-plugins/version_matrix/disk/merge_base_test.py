from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from version_matrix.disk import merge_base

SAMPLES = "lib/tests/matrix/samples.json"


def git(repository: Path, *arguments: str, fails: bool = False) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    result = subprocess.run(
        ["git", *settings, *arguments], cwd=repository, capture_output=True, text=True
    )
    assert (result.returncode != 0) is fails, result.stderr


def commit(repository: Path, content: bytes) -> None:
    path = repository / SAMPLES
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    git(repository, "add", ".")
    git(repository, "commit", "-m", "change")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--initial-branch=main")
    (tmp_path / "other").write_text("other\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "start")
    return tmp_path


def conflict(repository: Path, command: str = "merge") -> bytes:
    """Two branches change the same file; returns what git leaves of it."""
    git(repository, "checkout", "-b", "feature")
    commit(repository, b"feature\n")
    git(repository, "checkout", "main")
    commit(repository, b"main\n")
    git(repository, command, "feature", fails=True)
    return (repository / SAMPLES).read_bytes()


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick"])
def test_a_conflict_leads_back_to_the_merge_base(repository: Path, command: str) -> None:
    commit(repository, b"base\n")
    assert merge_base.is_conflicted(conflict(repository, command))
    assert merge_base.recovered(repository, SAMPLES) == b"base\n"


def test_the_style_of_conflicts_does_not_matter(repository: Path) -> None:
    commit(repository, b"base\n")
    git(repository, "config", "merge.conflictStyle", "diff3")
    left = conflict(repository)
    assert b"|||||||" in left
    assert merge_base.is_conflicted(left)
    assert merge_base.recovered(repository, SAMPLES) == b"base\n"


def test_a_build_root_may_lie_below_the_root_of_git(repository: Path) -> None:
    commit(repository, b"base\n")
    conflict(repository)
    below, path = repository / "lib", SAMPLES.partition("/")[2]
    assert merge_base.recovered(below, path) == b"base\n"


def test_a_file_that_both_branches_add_has_no_base(repository: Path) -> None:
    assert merge_base.is_conflicted(conflict(repository))
    assert merge_base.recovered(repository, SAMPLES) is None


def test_a_file_that_was_added_after_a_conflict_has_no_base(repository: Path) -> None:
    commit(repository, b"base\n")
    conflict(repository)
    git(repository, "add", SAMPLES)
    assert merge_base.recovered(repository, SAMPLES) is None


def test_without_a_merge_there_is_nothing_to_recover(repository: Path) -> None:
    commit(repository, b"base\n")
    assert merge_base.recovered(repository, SAMPLES) is None
    assert merge_base.recovered(repository, "no/such/file") is None


def test_without_a_repository_there_is_nothing_to_recover(tmp_path: Path) -> None:
    assert merge_base.recovered(tmp_path, SAMPLES) is None


def test_without_git_there_is_nothing_to_recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert merge_base.recovered(tmp_path, SAMPLES) is None


@pytest.mark.parametrize(
    "content, conflicted",
    [
        (b"", False),
        (b"{}\n", False),
        (b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> feature\n", True),
        (b"<<<<<<< HEAD\r\na\r\n=======\r\nb\r\n>>>>>>> feature\r\n", True),
        (b"<<<<<<< HEAD\na\n||||||| base\n=======\nb\n>>>>>>> feature\n", True),
        # A verdict or a summary may quote one of them.
        (b"x <<<<<<< HEAD\n=======\n>>>>>>> feature\n", False),
        (b"=======\n", False),
        (b"<<<<<<< HEAD\n=======\n", False),
        (b"\xff\xfe<<<<<<< HEAD", False),
    ],
)
def test_what_a_conflict_looks_like(content: bytes, conflicted: bool) -> None:
    assert merge_base.is_conflicted(content) is conflicted
