"""A PostgreSQL server of the tests' own, on loopback."""

from __future__ import annotations

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

import pytest

from board_testing.output import NotStarted, wait_for_line
from board_testing.requirement import missing

HOST = "127.0.0.1"
ATTEMPTS = 5
# Debian keeps the programs of each version in a folder off PATH; PostgreSQL refuses to run as root.
DEBIAN = "/usr/lib/postgresql/*/bin"
UNPRIVILEGED = "postgres"


class PostgresServer:
    """A cluster in a folder; it can be stopped and started again at the same port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._process: Optional["subprocess.Popen[str]"] = None
        self.port = 0
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "--auth=trust", "--username=board", "--no-sync", "--encoding=UTF8")

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://board@{HOST}:{self.port}/{database}"

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's own: pg_dump and so on."""
        return self._programs

    def create(self, database: str) -> str:
        """Makes an empty database; returns its URL."""
        made = [f"--host={HOST}", f"--port={self.port}", "--username=board", database]
        subprocess.run([self._programs / "createdb", *made], check=True)
        return self.url(database)

    def start(self) -> None:
        """Starts, and returns once it accepts connections."""
        for _ in range(1 if self.port else ATTEMPTS):
            port = self.port or _free_port()
            if self._started(port):
                self.port = port
                return
        pytest.fail(f"postgres did not start in {self._folder}")

    def stop(self, *, crash: bool = False) -> None:
        """Stops it; connections are broken off. One that crashes has to recover when it starts again."""
        if self._process is not None:
            # PostgreSQL's immediate shutdown, and its fast one.
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(timeout=600)
            self._process = None

    def _started(self, port: int) -> bool:
        options = [f"-D{self._folder / 'data'}", f"-p{port}", "-h", HOST, "-F"]
        options += ["-c", "unix_socket_directories=", "-c", "max_connections=40"]
        self._process = subprocess.Popen(
            [self._programs / "postgres", *options],
            stderr=subprocess.PIPE,
            text=True,
            user=self._user,
            cwd=self._folder,
        )
        try:
            return wait_for_line(self._process, _is_ready)
        except NotStarted:
            self.stop()
            return False

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server within a `with` block; nothing is left on disk."""
    programs = _programs()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = PostgresServer(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _is_ready(line: str) -> Optional[bool]:
    return True if "ready to accept connections" in line else None


def _programs() -> Path:
    on_path = shutil.which("initdb", path=os.environ.get("PATH") or os.defpath)
    found = sorted(glob.glob(f"{DEBIAN}/initdb")) + ([on_path] if on_path else [])
    if not found:
        missing("initdb of PostgreSQL")
    return Path(found[0]).resolve().parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
