"""Replaces a folder whole: at any moment it is the old one or the new one."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping

# linux/fs.h and renameat2(2); sys/stdio.h and renamex_np(2) of macOS.
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2

# What lies in a room of the staging folder, which holds one replacement while it is under way.
_NEW = "new"
_OLD = "old"
_PLACE = "place"

_HIDDEN = ".version-matrix"


def staging_folders(root: Path, workdir: Path) -> tuple[Path, Path]:
    """Where replacements below `root` may be staged: Pants' own folder, or a hidden one of the root.

    Only within one file system a folder can take the place of another.
    """
    return workdir / "version-matrix", root / _HIDDEN / "staging"


def staging_folder(root: Path, workdir: Path) -> Path:
    """The one of them that is on the root's file system. Raises `OSError`."""
    usual, hidden = staging_folders(root, workdir)
    if _device(workdir) == _device(root):
        return usual
    hidden.parent.mkdir(exist_ok=True)
    (hidden.parent / ".gitignore").write_text("*\n")
    return hidden


def _device(folder: Path) -> int:
    return folder.stat().st_dev


def replace_folder(folder: Path, files: Mapping[str, bytes], *, staging: Path) -> None:
    """Makes `folder` hold these files (path below it -> content) and no others.

    The new content is written completely below `staging` (which must be on the same file system)
    and then exchanged with the old in one system call, so that a process killed at any moment
    leaves the old state or the new. Where the system has no such call the old state is set aside
    first; a kill just then leaves neither in place, and `restore_folders` puts the old one back.
    Raises `OSError`; the old state then still stands.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(staging):
        room = Path(tempfile.mkdtemp(dir=staging, prefix=f"{folder.name}-"))
        try:
            # Relative, so that it holds in a repository that was moved with its staging folder.
            _write(room / _PLACE, os.fsencode(os.path.relpath(folder, staging)))
            fresh = room / _NEW
            fresh.mkdir()
            for name, content in files.items():
                _write(fresh / name, content)
            if folder.exists():
                _exchange(fresh, folder, spare=room / _OLD)
            else:
                os.rename(fresh, folder)
        finally:
            shutil.rmtree(room, ignore_errors=True)


def restore_folders(staging: Path) -> tuple[Path, ...]:
    """Puts back what killed processes have set aside, and removes what else they left.

    Returns the folders that stand again, in their old state. Raises `OSError`.
    """
    if not staging.is_dir():
        return ()
    restored = []
    with _locked(staging):
        for room in sorted(staging.iterdir()):
            if (room / _OLD).is_dir():
                place = staging / os.fsdecode((room / _PLACE).read_bytes())
                folder = Path(os.path.normpath(place))
                if folder.parent.is_dir() and not folder.exists():
                    os.rename(room / _OLD, folder)
                    restored.append(folder)
            shutil.rmtree(room, ignore_errors=True)
    return tuple(restored)


@contextmanager
def _locked(staging: Path) -> Iterator[None]:
    """Keeps other processes out of the staging folder; the system unlocks it after a kill."""
    staging.mkdir(parents=True, exist_ok=True)
    with staging.with_name(f"{staging.name}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
