"""Replaces a folder whole: at any moment it is the old one or the new one."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Mapping

# linux/fs.h and renameat2(2); sys/stdio.h and renamex_np(2) of macOS.
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


def replace_folder(folder: Path, files: Mapping[str, bytes], *, staging: Path) -> None:
    """Makes `folder` hold these files (path below it -> content) and no others.

    The new content is written completely below `staging` (which must be on the same file system)
    and then exchanged with the old in one system call, so that a process killed at any moment
    leaves the old state or the new. Raises `OSError`; the old state then still stands.
    """
    staging.mkdir(parents=True, exist_ok=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=staging, prefix=f"{folder.name}-"))
    try:
        fresh = room / "new"
        fresh.mkdir()
        for name, content in files.items():
            _write(fresh / name, content)
        if folder.exists():
            _exchange(fresh, folder, spare=room / "old")
        else:
            os.rename(fresh, folder)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _exchange(one: Path, other: Path, *, spare: Path) -> None:
    """Swaps two folders atomically; where the system cannot, by two renames in a row."""
    if _exchanged(os.fsencode(one), os.fsencode(other)):
        return
    os.rename(other, spare)
    try:
        os.rename(one, other)
    except BaseException:
        os.rename(spare, other)
        raise


def _exchanged(one: bytes, other: bytes) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        swap = getattr(library, "renamex_np", None)
        return swap is not None and swap(one, other, _RENAME_SWAP) == 0
    exchange = getattr(library, "renameat2", None)
    return (
        exchange is not None and exchange(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE) == 0
    )
