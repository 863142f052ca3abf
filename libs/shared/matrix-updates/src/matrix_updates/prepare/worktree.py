"""A git worktree of its own for Pants: whatever stands in the checkout of a person stays as it is."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Iterator, Tuple

from matrix_updates.git import Git, identity
from matrix_updates.prepare.rooms import is_forsaken, room

_PREFIX: Final = "matrix-updates-"
_NAME: Final = "worktree"


@dataclass(frozen=True)
class Worktree:
    """A worktree of the commit `base`, made at `date`."""

    git: Git
    base: str
    date: str

    @property
    def folder(self) -> Path:
        return self.git.folder

    def reset(self, commit: str) -> None:
        """Makes it what a commit holds; what git ignores, such as results and caches, stays."""
        self.git.run("checkout", "--quiet", "--force", "--detach", commit)
        self.git.run("clean", "--quiet", "--force", "--force", "-d")

    def changed(self) -> Tuple[str, ...]:
        """The paths that differ from the commit that is checked out."""
        listed = self.git.run(
            "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"
        )
        return tuple(sorted(entry[3:] for entry in listed.split("\0") if entry))

    def commit(self, message: str) -> str:
        """Commits everything that changed; the same change on the same base is the same commit."""
        self.git.run("add", "--all")
        self.git.run("commit", "--quiet", "--no-gpg-sign", "-m", message, env=identity(self.date))
        return self.git.run("rev-parse", "HEAD").strip()

    def files_in(self, path: str) -> dict[str, str]:
        """Name -> text of the files in a folder; of none, nothing."""
        folder = self.folder / path
        return {
            file.name: file.read_text(errors="replace")
            for file in (sorted(folder.iterdir()) if folder.is_dir() else ())
            if file.is_file()
        }


@contextmanager
def worktree(repository: Git, base: str) -> Iterator[Worktree]:
    """A worktree of a commit, gone afterwards; raises `GitFailed`.

    Those that killed runs have left are removed first.
    """
    date = repository.run("show", "--no-patch", "--format=%cI", base).strip()
    _remove_forsaken(repository)
    with room(_PREFIX) as made:
        folder = made / _NAME
        repository.run("worktree", "add", "--quiet", "--detach", str(folder), base)
        try:
            yield Worktree(Git(folder), base, date)
        finally:
            _remove(repository, folder)


def _remove_forsaken(repository: Git) -> None:
    listed = repository.run("worktree", "list", "--porcelain").splitlines()
    for entry in listed:
        kind, _, path = entry.partition(" ")
        folder = Path(path)
        ours = folder.name == _NAME and folder.parent.name.startswith(_PREFIX)
        if kind == "worktree" and ours and is_forsaken(folder.parent):
            _remove(repository, folder)
            shutil.rmtree(folder.parent, ignore_errors=True)


def _remove(repository: Git, folder: Path) -> None:
    repository.attempt("worktree", "remove", "--force", "--force", str(folder))
    # Where git could not remove all of it, it knows of it until the folder is gone.
    shutil.rmtree(folder, ignore_errors=True)
    repository.attempt("worktree", "prune")
