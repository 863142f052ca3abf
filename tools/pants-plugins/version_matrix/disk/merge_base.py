"""What generated files were before a merge left them with conflict markers."""

from __future__ import annotations

import subprocess
from pathlib import Path

# git's index during a merge: stage 1 is the common ancestor (gitrevisions(7)).
_ANCESTOR_STAGE = 1
_MARKERS = (b"<<<<<<< ", b"=======", b">>>>>>> ")


def is_conflicted(content: bytes) -> bool:
    """Whether a file holds all three of git's conflict markers at the start of lines."""
    lines = content.splitlines()
    return all(any(line.startswith(marker) for line in lines) for marker in _MARKERS)


def recovered(build_root: Path, path: str) -> bytes | None:
    """The file at the merge base, if a merge is under way and the file was there."""
    try:
        result = subprocess.run(
            ["git", "show", f":{_ANCESTOR_STAGE}:./{path}"],
            cwd=build_root,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return result.stdout if result.returncode == 0 else None
