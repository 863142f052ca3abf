"""A Redis for the queues that need one: the machine's own redis-server or valkey-server."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from typing import Iterator, Optional

import pytest

from baton_testing.loopback import HOST, TIMEOUT

PROGRAMS = ("redis-server", "valkey-server")
FOLDERS = (os.environ.get("PATH", ""), os.defpath, "/usr/local/bin", "/opt/homebrew/bin")
ATTEMPTS = 5


@contextmanager
def redis_server() -> Iterator[str]:
    """Run an empty server on a free loopback port within a `with` block; yield its URL.

    Nothing is left on disk. Where no server is installed the test is skipped, but fails in CI.
    """
    program = _program()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ATTEMPTS):
            port = _free_port()
            process = _started(program, port, folder)
            if process is not None:
                break
        else:
            pytest.fail(f"{program} did not start in {ATTEMPTS} attempts")
        try:
            yield f"redis://{HOST}:{port}"
        finally:
            _stop(process)


def _program() -> str:
    for name in PROGRAMS:
        found = shutil.which(name, path=os.pathsep.join(FOLDERS))
        if found is not None:
            return found
    message = f"no {' or '.join(PROGRAMS)}. To fix, run `tools/bootstrap/system-packages`."
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def _started(program: str, port: int, folder: str) -> "Optional[subprocess.Popen[str]]":
    """Return the server once it accepts connections; None if it ends before, the port taken."""
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", HOST, "--dir", folder, "--save", ""],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Ready to accept connections" in line:
            return process
    _stop(process)
    return None


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.communicate(timeout=TIMEOUT)
