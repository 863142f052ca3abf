"""Pythons that uv installs: builds that run where they are unpacked.

As the rest of what finds Pants its own Python, this runs on a Python 3.6.
"""

import os
import subprocess
from pathlib import Path

from steps import BootstrapError


def install_python(uv: Path, request: str, folder: Path, held: int) -> Path:
    """Installs into `folder` a Python that `request` admits, unless one is there; returns its path.

    Args:
        uv: the program.
        request: a version, or a range of versions: `>=3.14.0,<3.15`.

    Raises BootstrapError, with uv's reason, if it cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _uv(uv, folder, held, "install", "--no-bin", request)
    # It may choose among several: the newest.
    return Path(_uv(uv, folder, held, "find", "--managed-python", "--no-project", request).strip())


def _uv(uv: Path, folder: Path, held: int, command: str, *arguments: str) -> str:
    done = subprocess.run(
        (str(uv), "python", command, *arguments),
        # Whatever is configured where one happens to stand is not meant here.
        cwd=str(folder),
        env={**os.environ, "UV_PYTHON_INSTALL_DIR": str(folder), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        pass_fds=(held,),
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise BootstrapError(lines[-1] if lines else "exit code {}".format(done.returncode))
    return done.stdout
