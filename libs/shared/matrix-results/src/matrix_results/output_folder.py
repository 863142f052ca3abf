"""Replaces the folder of a report: what stood there before is lost at no moment.

`version_matrix.disk.folder_swap` does the like for generated files, and is not this: it runs inside
Pants, where this package and what it imports are not, and it exchanges folders with calls that only
Linux and macOS have, below a staging folder that only Pants has.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Mapping

from matrix_results.errors import ResultsError
from matrix_results.report import (
    BADGES_FOLDER,
    FAILURES_FILE,
    FAILURES_PAGE,
    PAGE_FILE,
    REPORT_FILE,
    SUPPORT_FILE,
)

_NEEDED = {PAGE_FILE, REPORT_FILE}
_PARTS = {*_NEEDED, SUPPORT_FILE, FAILURES_FILE, FAILURES_PAGE, BADGES_FOLDER}


class NoReport(ResultsError):
    """Something that a report must not replace, because it is not one."""


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes `folder` hold the files of a report (path -> content) and no others.

    Everything is written beside it first; then the old report is set aside and the new one takes
    its place. Where that fails, the old one is put back; where the process is killed just then, by
    the next call. Raises `NoReport` for anything but a report, an empty folder or nothing, and
    `OSError`.
    """
    folder = Path(os.path.abspath(folder))
    aside = folder.with_name(f".{folder.name}.matrix-results-old")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if aside.is_dir() and not os.path.lexists(folder):
        os.rename(aside, folder)
    _check(folder)
    room = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        fresh = room / "new"
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            os.rename(folder, aside)
        try:
            os.rename(fresh, folder)
        except BaseException:
            if aside.exists():
                os.rename(aside, folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _check(folder: Path) -> None:
    if folder.is_symlink():
        raise NoReport(f"{folder} is a symbolic link: name the folder that it leads to")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NoReport(f"{folder} is no folder: name one that may be replaced, or none yet")
    found = set(os.listdir(folder))
    strange = sorted((found - _PARTS) or (_NEEDED - found if found else ()))
    if strange:
        told = "holds" if strange[0] in found else "has no"
        raise NoReport(
            f"{folder} {told} {strange[0]}, so it is not a report and is not replaced: name another "
            "folder, or empty it"
        )
