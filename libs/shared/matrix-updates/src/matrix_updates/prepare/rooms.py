"""Folders for the time of a run: what a killed run has left is known for that, and taken away."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Iterator, Optional

_LOCK: Final = "lock"


@contextmanager
def room(prefix: str, parent: Optional[Path] = None) -> Iterator[Path]:
    """A folder of this process, in `parent` or where temporary files are; gone afterwards."""
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix)).resolve()
    try:
        # Held by whoever lives; no child inherits it.
        with (folder / _LOCK).open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_forsaken(folder: Path) -> bool:
    """Whether a folder is a room of a process that is no more."""
    try:
        with (folder / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False
