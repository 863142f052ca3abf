"""A real remote cache on loopback: BuildGrid, from its PEX."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import List, Optional

HERE = Path.cwd()
ARCHIVE = HERE / "buildgrid.tar"
PROGRAM = "tests.remote/buildgrid.pex"
FINDER = HERE / "tools/pants-plugins/version_matrix/sandbox/find_pythons.py"
INSTANCE = "main"

# https://buildgrid.build/user/cas_server_configuration.html
CONFIGURATION = """\
server:
  - !channel
    address: "127.0.0.1:{port}"
    insecure-mode: true
authorization:
  method: none
storages:
  - !disk-storage &store
    path: {folder}/store
caches:
  - !lru-action-cache &results
    storage: *store
    max-cached-refs: 4096
    allow-updates: true
    cache-failed-actions: false
instances:
  - name: {instance}
    services:
      - !action-cache
        cache: *results
      - !cas
        storage: *store
      - !bytestream
        storage: *store
thread-pool-size: 30
# Pants asks for 128 things at a time; what is more than this is refused, and less waits for a thread.
maximum-concurrent-rpcs: 1000
"""

# A last resort, for what hangs: no test knows how fast a machine is.
PATIENCE_SECONDS = 600


class CacheServer:
    """A content-addressed store and a cache of actions, kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._port = 0

    @property
    def address(self) -> str:
        """What `remote_store_address` has to be."""
        return f"grpc://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it, and returns once it listens."""
        self._port = free_port()
        configuration = self.folder / "configuration.yml"
        configuration.write_text(
            CONFIGURATION.format(port=self._port, folder=self.folder, instance=INSTANCE)
        )
        shutil.unpack_archive(ARCHIVE, self.folder)
        log = self.folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                (python_of_buildgrid(), self.folder / PROGRAM, "server", "start", configuration),
                cwd=self.folder,
                env={**os.environ, "PEX_ROOT": str(self.folder / "pex")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._listens():
            assert self._process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """Ends it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def python_of_buildgrid() -> str:
    """A Python 3.12, which BuildGrid wants, found as the plugin finds those of cells."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    entries: List[str] = [*map(str, versions.glob("*/bin")), *os.environ["PATH"].split(os.pathsep)]
    told = subprocess.run(
        (sys.executable, FINDER, "--want=3.12.0", "--", *entries),
        check=True,
        stdout=subprocess.PIPE,
    )
    found = json.loads(told.stdout)["found"]["3.12.0"]["path"]
    assert isinstance(found, str)
    return found
