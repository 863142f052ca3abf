"""Programs that tests start beside themselves."""

import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, List, Sequence

import pytest

from baton_testing.loopback import TIMEOUT


class Program:
    """A process, for a `with` block, whose output is read as it comes."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            **options,
        )
        self._lines: List[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(TIMEOUT)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def says(self, text: str, times: int = 1) -> bool:
        """Wait for so many lines with this text; return False if the program ends without them.

        Fails the test if it does neither within TIMEOUT seconds.
        """

        def said() -> bool:
            return sum(text in line for line in self._lines) >= times

        with self._changed:
            if not self._changed.wait_for(lambda: said() or self._ended, TIMEOUT):
                pytest.fail(f"no {text!r} within {TIMEOUT} seconds, but:\n{self.output}")
            return said()

    @property
    def output(self) -> str:
        """What the program has said, after the command that started it."""
        return "\n".join([f"$ {self._process.args!r}", *self._lines])


def console_script(command: str, folder: Path) -> Program:
    """Run a command in a folder, by the program that its package would put on the path."""
    # Not for Python 3.8, whose suites have no need of it.
    from importlib.metadata import entry_points

    name, *arguments = shlex.split(command)
    (script,) = entry_points(group="console_scripts", name=name)
    code = f"import sys; from {script.module} import {script.attr} as main; sys.exit(main())"
    path = os.pathsep.join([str(folder), *map(os.path.abspath, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    return Program([sys.executable, "-c", code, *arguments], cwd=folder, env=environment)
