"""What git says of a change: what is gone, and which BUILD files differ."""

from __future__ import annotations

import os.path
import subprocess
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Iterable


@dataclass(frozen=True)
class Change:
    """Paths relative to the build root, sorted.

    `gone`: were there before the change and are not now; a file that was renamed is gone, too, and
    git shows only its new name unless it is asked not to look for renames.
    `builds`: BUILD files that differ or are gone. `defaults`: those that held `__defaults__` before.
    """

    gone: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()


def read_change(
    root: Path, *, since: str | None, diffspec: str | None, build_patterns: Iterable[str]
) -> Change:
    """The change that `--changed-since` or `--changed-diffspec` names.

    Where git cannot say, nothing has changed: Pants asks the same, and tells why it cannot be answered.
    """
    before, changed = changed_paths(root, since=since, diffspec=diffspec)
    builds = [path for path in changed if _matches(path, build_patterns)]
    return Change(
        gone=tuple(path for path in changed if not os.path.lexists(root / path)),
        builds=tuple(builds),
        defaults=tuple(
            path for path in builds if "__defaults__" in _git(root, "show", f"{before}:./{path}")
        ),
    )


def changed_paths(
    root: Path, *, since: str | None, diffspec: str | None
) -> tuple[str, tuple[str, ...]]:
    """The revision before such a change, and the paths that differ, sorted; untracked files do not count."""
    if diffspec:
        before = diffspec.replace("...", "..").partition("..")[0]
        listed = _git(root, "diff-tree", "--no-commit-id", "-r", *_NAMES, diffspec)
    elif since:
        before = _git(root, "merge-base", since, "HEAD").strip()
        listed = _git(root, "diff", *_NAMES, before) if before else ""
    else:
        return "", ()
    return before, tuple(sorted(path for path in listed.split("\0") if path))


def text_of_change(root: Path, *, since: str | None, diffspec: str | None) -> str:
    """The same change as a unified diff, paths relative to the root; untracked files are no part of it."""
    how = ("--no-color", "--no-ext-diff", "--no-renames", "--relative", "--unified=0")
    if diffspec:
        return _git(root, "diff-tree", "--no-commit-id", "-r", "-p", *how, diffspec)
    before, _ = changed_paths(root, since=since, diffspec=diffspec)
    return _git(root, "diff", *how, before) if before else ""


_NAMES = ("--no-renames", "--name-only", "--relative", "-z")


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(os.path.basename(path), pattern) for pattern in patterns)


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ("git", *arguments),
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return ""
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""
