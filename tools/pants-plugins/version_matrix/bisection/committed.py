"""The locks of a suite as they are committed, where they are not what lies in the working tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Mapping

from version_matrix.stanza.samples_file import is_lock_name


def committed_locks(build_root: Path, folder: str) -> Mapping[str, str]:
    """Name -> text of the locks of a generated folder at HEAD; empty outside git."""
    listed = _git(build_root, "ls-tree", "--name-only", "-z", "HEAD", f"./{folder}/")
    names = [os.path.basename(path) for path in listed.split("\0") if path]
    return {
        name: _git(build_root, "show", f"HEAD:./{folder}/{name}")
        for name in names
        if is_lock_name(name)
    }


def _git(build_root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ("git", *arguments),
            cwd=build_root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
