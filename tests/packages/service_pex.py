"""A service as it is shipped: one file, an empty folder, an empty HOME, and no repository."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


class ServicePex:
    """The PEX of one service, and a HOME that is empty at its first start.

    Attributes:
        folder: where it runs; the PEX is not in there.
        environment: all that it sees of this process's environment, and its HOME.
    """

    def __init__(self, service: str, folder: Path) -> None:
        self.folder = folder / "empty"
        self.folder.mkdir()
        (folder / "home").mkdir()
        self.file = folder / f"{service}.pex"
        self.file.hardlink_to(Path(f"services.{service}", f"{service}.pex").resolve())
        self.service = service
        self.prefix = service.upper().replace("-", "_")
        self.environment = {"HOME": str(folder / "home"), "PATH": os.defpath, "LANG": "C.UTF-8"}

    def settings(self, **values: object) -> dict[str, str]:
        """The environment with these settings."""
        return self.environment | {f"{self.prefix}_{k.upper()}": str(v) for k, v in values.items()}

    def run(self, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(self.file), *arguments],
            cwd=self.folder,
            env=self.settings(**settings),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def is_healthy(self, url: str) -> bool:
        """What the HEALTHCHECK of the image says of a running service."""
        text = Path("services", self.service, "Dockerfile").read_text().replace("\\\n", " ")
        (check,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.MULTILINE)
        _, *arguments = json.loads(check)
        checked = subprocess.run(
            [sys.executable, *arguments],
            env=self.settings(port=url.rpartition(":")[2]),
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
        return checked.returncode == 0

    def laid_apart(self) -> Path:
        """The program of a virtual environment that is made as the Dockerfile makes it."""
        environment = self.folder / "app"
        pex = [sys.executable, str(self.file)]
        steps = (
            [*pex, "venv", "--scope=deps", str(environment)],
            [*pex, "venv", "--scope=srcs", str(environment)],
            [sys.executable, "-m", "compileall", "-q", str(environment)],
        )
        for step in steps:
            made = subprocess.run(
                step,
                env=self.environment | {"PEX_TOOLS": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            assert made.returncode == 0, made.stdout
        return environment / "pex"

    @contextmanager
    def serving(self, *arguments: str, **settings: object) -> Iterator[str]:
        """The URL of a running service; at the end it is asked to stop, and must do so with 0."""
        process = subprocess.Popen(
            [sys.executable, str(self.file), *arguments],
            cwd=self.folder,
            env=self.settings(port=0, **settings),
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = threading.Timer(TIMEOUT, process.kill)
        deadline.start()
        try:
            assert process.stderr is not None
            yield f"http://127.0.0.1:{_port(process.stderr)}"
            process.send_signal(signal.SIGTERM)
            log = process.stderr.read()
            assert process.wait() == 0, log
        finally:
            deadline.cancel()
            process.kill()
            process.wait()


def _port(log: Iterator[str]) -> int:
    """The port that a service says it listens on; fails with its log if it ends before."""
    lines = []
    for line in log:
        lines.append(line)
        try:
            fields = json.loads(line)
        except ValueError:
            continue  # What is no log line of the service is in the message below.
        if fields.get("event") == "listening":
            return int(fields["port"])
    pytest.fail(f"it ended before it listened:\n{''.join(lines)}")
