"""Pants, as a child process in a worktree, without the credentials of whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Callable, Final, Mapping

from matrix_updates.errors import PantsFailed
from matrix_updates.text import last_lines, one_line

SECRETS: Final = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "CI_JOB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "SSH_AUTH_SOCK",
)
"""What speaks to a forge. What reads the index (pip's settings, netrc) stays: Pants needs it."""

_MAX_OUTPUT = 32 * 1024 * 1024


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    command: str
    status: int
    output: str
    errors: str

    def said(self, limit: int = 1_500) -> str:
        """The last of what it printed, for a message."""
        return last_lines(f"{self.output}\n{self.errors}", limit)


@dataclass(frozen=True)
class Pants:
    """Pants in `folder`, started by `program`; each command may take `timeout` seconds."""

    folder: Path
    program: str
    timeout: int = 4 * 60 * 60
    tell: Callable[[str], None] = print
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def run(self, *arguments: str) -> Done:
        """Runs a command that may fail; raises `PantsFailed` if it cannot be started."""
        command = f"{self.program} {' '.join(arguments)}"
        self.tell(f"{one_line(command, 200)}")
        program = self.folder / self.program if "/" in self.program else self.program
        env = {name: value for name, value in self.environment.items() if name not in SECRETS}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    (str(program), *arguments),
                    cwd=self.folder,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    start_new_session=True,
                )
            except OSError as error:
                raise PantsFailed(
                    f"{self.program} cannot be started ({error.strerror}): `pants` under "
                    "[tool.matrix-updates] says how this repository starts Pants"
                ) from None
            status = self._ended(process)
            return Done(command, status, _text(output), _text(errors))

    def succeed(self, *arguments: str) -> str:
        """Runs a command that must succeed; returns what it printed. Raises `PantsFailed`."""
        done = self.run(*arguments)
        if done.status != 0:
            raise PantsFailed(f"`{done.command}` ended with {done.status}:\n{done.said()}")
        return done.output

    def stop(self) -> None:
        """Ends the daemon that Pants may have left in this folder, and no other."""
        for pid in (*self.folder.glob(".pids/pantsd/pid"), *self.folder.glob(".pids/*/pantsd/pid")):
            with suppress(OSError, ValueError):
                os.kill(int(pid.read_text()), signal.SIGTERM)

    def _ended(self, process: "subprocess.Popen[bytes]") -> int:
        try:
            return process.wait(self.timeout)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                return 124
            raise


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_MAX_OUTPUT).decode(errors="replace")
