"""Pythons that uv installs: builds that run where they are unpacked.

As the rest of what finds Pants its own Python, this runs on a Python 3.7.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Tuple

from steps import BootstrapError


def install_python(uv: Path, minor: str, request: str, folder: Path, held: int) -> Path:
    """Installs into `folder` a Python that `request` admits, unless one is there; returns its path.

    Args:
        uv: the program.
        minor: its minor version: `3.14`.
        request: a version of that minor, or a range of them: `>=3.14.0,<3.15`.

    Raises BootstrapError, with uv's reason, if it cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        (str(uv), "python", "install", "--no-bin", "--no-cache", request),
        # Whatever is configured where one happens to stand is not meant here.
        cwd=str(folder),
        env=dict(os.environ, UV_PYTHON_INSTALL_DIR=str(folder), NO_COLOR="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        pass_fds=(held,),
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # It names what failed first, and why last.
        raise BootstrapError("; ".join(lines[:1] + lines[1:][-1:]) or "uv failed")
    found = sorted(folder.glob("cpython-{}.*/bin/python{}".format(minor, minor)), key=_release)
    if not found:
        raise BootstrapError("uv installed no Python {}".format(minor))
    return found[-1]


def _release(python: Path) -> Tuple[int, ...]:
    numbers = re.match(r"cpython-(\d+)\.(\d+)\.(\d+)", python.parent.parent.name)
    return tuple(int(each) for each in numbers.groups()) if numbers else ()
