"""Commands whose last words are the reason why a Python cannot be had."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Mapping, Optional, Sequence

from steps import BootstrapError


def output_of(
    command: Sequence[str],
    held: int,
    env: Optional[Mapping[str, str]] = None,
    cwd: Optional[Path] = None,
) -> str:
    """Returns the standard output of `command`, which is asked nothing and says nothing meanwhile.

    Raises BootstrapError with what it said last on standard error, if it fails.
    """
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            pass_fds=(held,),
        )
    except OSError as error:
        raise BootstrapError(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        reason = said[-1] if said else f"exit code {done.returncode}"
        raise BootstrapError(f"{Path(command[0]).name}: {reason}")
    return done.stdout
