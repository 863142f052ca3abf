from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from version_matrix.selection.git_changes import Change, read_change


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A build root below the root of the worktree, on a branch of its own."""
    root = tmp_path / "projects"
    (root / "lib").mkdir(parents=True)
    (root / "BUILD").write_text("__defaults__(all=dict())\n")
    (root / "lib/BUILD").write_text("python_sources()\n")
    (root / "lib/one.py").write_text("a = 1\nb = 2\nc = 3\n")
    (root / "lib/zwei und.py").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "start")
    git(tmp_path, "checkout", "-q", "-b", "branch")
    return root


def change(root: Path, since: str | None = "main", diffspec: str | None = None) -> Change:
    return read_change(root, since=since, diffspec=diffspec, build_patterns=["BUILD", "BUILD.*"])


def test_nothing_is_asked_unless_the_command_line_names_a_change(root: Path) -> None:
    (root / "lib/one.py").unlink()
    assert change(root, since=None) == Change()


@pytest.mark.parametrize("committed", [True, False])
def test_what_is_gone(root: Path, committed: bool) -> None:
    (root / "lib/one.py").unlink()
    (root / "lib/zwei und.py").unlink()
    if committed:
        git(root, "commit", "-q", "-a", "-m", "remove")
    assert change(root) == Change(gone=("lib/one.py", "lib/zwei und.py"))


def test_a_renamed_file_is_gone_under_its_old_name(root: Path) -> None:
    git(root, "mv", "lib/one.py", "lib/two.py")
    git(root, "commit", "-q", "-a", "-m", "rename")
    assert change(root).gone == ("lib/one.py",)
    assert change(root, since=None, diffspec="HEAD~1..HEAD").gone == ("lib/one.py",)


def test_what_was_removed_and_came_back_is_not_gone(root: Path) -> None:
    (root / "lib/one.py").unlink()
    git(root, "commit", "-q", "-a", "-m", "remove")
    (root / "lib/one.py").write_text("")
    assert change(root).gone == ()


def test_what_the_other_branch_removed_is_not_gone(root: Path) -> None:
    """As Pants has it: changed is what differs from where the branches parted."""
    git(root, "checkout", "-q", "main")
    (root / "lib/new.py").write_text("")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")
    git(root, "checkout", "-q", "branch")
    assert change(root) == Change()


def test_build_files_and_those_that_held_defaults(root: Path) -> None:
    (root / "BUILD").write_text("")
    (root / "lib/BUILD").unlink()
    assert change(root) == Change(
        gone=("lib/BUILD",), builds=("BUILD", "lib/BUILD"), defaults=("BUILD",)
    )


@pytest.mark.parametrize("since", ["no-such-branch", "--help", ""])
def test_where_git_cannot_say_nothing_has_changed(root: Path, since: str) -> None:
    assert change(root, since=since) == Change()


def test_outside_of_git_nothing_has_changed(tmp_path: Path) -> None:
    assert change(tmp_path) == Change()
