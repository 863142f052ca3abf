"""git, as a child process: no hooks run, no prompt appears, no remote helper is called."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Final, Mapping, Optional, Tuple

from matrix_updates.errors import GitFailed
from matrix_updates.text import last_lines

NAME: Final = "matrix-updates"
EMAIL: Final = "matrix-updates@localhost"
"""Whose commits a proposal is made of: a commit on its branch of anybody else is a person's."""

REGULAR: Final = "100644"
ABSENT: Final = "000000"
_SAFE = (
    ("core.hooksPath", os.devnull),
    ("protocol.ext.allow", "never"),
    ("core.quotePath", "false"),
    ("gc.auto", "0"),
)
_TIMEOUT = 600


@dataclass(frozen=True)
class Change:
    """What a commit did to a path; a mode is `100644` for a regular file, `000000` for none."""

    path: str
    mode_before: str
    mode: str
    blob: str
    blob_before: str


@dataclass(frozen=True)
class Git:
    """The repository, or worktree, in a folder."""

    folder: Path

    def run(
        self,
        *arguments: str,
        env: Optional[Mapping[str, str]] = None,
        content: Optional[bytes] = None,
    ) -> str:
        """Runs a git command; returns what it printed. Raises `GitFailed` with what it said."""
        done = self.attempt(*arguments, env=env, content=content)
        if done.returncode != 0:
            raise GitFailed(
                f"`git {' '.join(arguments[:3])}` failed in {self.folder.name or '.'}: "
                f"{last_lines(done.stderr.decode(errors='replace'), 600)}"
            )
        return done.stdout.decode(errors="surrogateescape")

    def attempt(
        self,
        *arguments: str,
        env: Optional[Mapping[str, str]] = None,
        content: Optional[bytes] = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Runs a git command that may fail; raises `GitFailed` if it cannot be run at all."""
        settings = [word for key, value in _SAFE for word in ("-c", f"{key}={value}")]
        try:
            return subprocess.run(
                ("git", *settings, *arguments),
                cwd=self.folder,
                env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(env or {})},
                input=content if content is not None else b"",
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=_TIMEOUT,
            )
        except FileNotFoundError:
            raise GitFailed("git is not installed, or the folder does not exist") from None
        except subprocess.TimeoutExpired:
            raise GitFailed(
                f"`git {arguments[0]}` took longer than {_TIMEOUT} seconds: is the remote there?"
            ) from None

    def commit_of(self, name: str) -> Optional[str]:
        """The commit that a branch or other name stands for; None if it stands for none."""
        done = self.attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def file(self, commit: str, path: str) -> Optional[str]:
        """The text of a regular file in a commit; None if there is none."""
        if self.mode(commit, path) != REGULAR:
            return None
        return self.run("cat-file", "blob", f"{commit}:{path}")

    def mode(self, commit: str, path: str) -> Optional[str]:
        """The mode of a path in a commit; None if there is nothing."""
        listed = self.run("ls-tree", "-z", commit, "--", path)
        return listed.split(" ", 1)[0] or None

    def files_named(self, commit: str, name: str) -> Tuple[str, ...]:
        """The paths of all regular files of a commit with some name."""
        listed = self.run("ls-tree", "-r", "-z", commit).split("\0")
        return tuple(
            path
            for entry in listed
            for about, _, path in [entry.partition("\t")]
            if about.startswith(f"{REGULAR} ") and (path == name or path.endswith(f"/{name}"))
        )

    def files_below(self, commit: str, path: str) -> Tuple[str, ...]:
        """The paths of the regular files of a commit at or below a path."""
        listed = self.run("ls-tree", "-r", "-z", commit, "--", path).split("\0")
        return tuple(
            found
            for entry in listed
            for about, _, found in [entry.partition("\t")]
            if about.startswith(f"{REGULAR} ")
        )

    def changes(self, before: str, after: str) -> Tuple[Change, ...]:
        """What differs between two commits, renames told as what they are made of."""
        raw = self.run(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--abbrev=64", before, after
        )
        fields = raw.split("\0")
        return tuple(
            Change(path, old_mode.lstrip(":"), new_mode, blob, blob_before)
            for about, path in zip(fields[0::2], fields[1::2])
            for old_mode, new_mode, blob_before, blob, _ in [about.split(" ")]
        )


def identity(date: str) -> Dict[str, str]:
    """The environment of a commit that this program makes, at a date: the same each time."""
    return {
        **{f"GIT_{role}_NAME": NAME for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": EMAIL for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": date for role in ("AUTHOR", "COMMITTER")},
    }
