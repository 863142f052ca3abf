"""A Redis for the queues that need one: the machine's own redis-server or valkey-server."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import Iterator

import pytest

from baton_testing.loopback import HOST, free_port
from baton_testing.programs import Program

PROGRAMS = ("redis-server", "valkey-server")
FOLDERS = (os.environ.get("PATH", ""), os.defpath, "/usr/local/bin", "/opt/homebrew/bin")
ATTEMPTS = 5


@contextmanager
def redis_server() -> Iterator[str]:
    """Run an empty server on a free loopback port within a `with` block; yield its URL.

    Nothing is left on disk. A suite that needs it says so in its field `programs`.
    """
    program = _program()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ATTEMPTS):
            port = str(free_port())
            options = ["--port", port, "--bind", HOST, "--dir", folder, "--save", ""]
            with Program([program, *options]) as server:
                # It ends at once where somebody else has taken the port meanwhile.
                if server.says("Ready to accept connections"):
                    yield f"redis://{HOST}:{port}"
                    return
        pytest.fail(f"{program} did not start in {ATTEMPTS} attempts")


def _program() -> str:
    for name in PROGRAMS:
        found = shutil.which(name, path=os.pathsep.join(FOLDERS))
        if found is not None:
            return found
    pytest.fail(f"no {' or '.join(PROGRAMS)}. To fix, run `tools/bootstrap/system-packages`.")
