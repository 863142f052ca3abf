"""A real process, real connections, real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Any

import httpx
import pytest

PROGRAM = Path(__file__).with_name("example_service.py")
# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


class Service:
    """The example service; reading what it writes is how a test waits for it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None and process.stderr is not None
        self.out: IO[str] = process.stdout
        self._log: IO[str] = process.stderr
        self.lines: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        line = self.log("listening")
        return f"http://{line['host']}:{line['port']}"

    def log(self, event: str) -> dict[str, Any]:
        """The next line of the log whose event begins so."""
        for text in self._log:
            self.lines.append(json.loads(text))
            if self.lines[-1]["event"].startswith(event):
                return self.lines[-1]
        raise AssertionError(f"no {event!r} in {self.lines}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


@contextmanager
def running(**environ: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "EXAMPLE_PORT": "0",
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Whatever waits for its output then sees the end of it.
    watchdog = Timer(3 * TIMEOUT, process.kill)
    watchdog.start()
    try:
        yield Service(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_running_is_finished(number: int) -> None:
    with (
        running(EXAMPLE_SHUTDOWN_DELAY="60") as service,
        httpx.Client(base_url=service.url, timeout=TIMEOUT) as client,
        ThreadPoolExecutor() as pool,
    ):
        assert client.get("/readyz").status_code == 200
        work = pool.submit(client.get, "/work")
        assert service.out.readline() == "working\n"
        service.signal(number)
        # Still served: a load balancer is to see this before connections are refused.
        while (answer := client.get("/readyz")).status_code == 200:
            pass
        assert (answer.status_code, answer.json()["status"]) == (503, "shutting down")
        assert client.get("/finish").status_code == 200
        assert work.result(TIMEOUT).json() == "done"
        # In a hurry after all.
        service.signal(number)
        assert service.process.wait(TIMEOUT) == 0


def test_a_graceful_stop_closes_the_application() -> None:
    with running() as service, httpx.Client(base_url=service.url, timeout=TIMEOUT) as client:
        assert client.get("/healthz").status_code == 200
        service.signal(signal.SIGTERM)
        assert service.out.readline() == "closed\n"
        assert service.process.wait(TIMEOUT) == 0


def test_the_grace_ends() -> None:
    with (
        running(EXAMPLE_SHUTDOWN_GRACE="0.1") as service,
        httpx.Client(base_url=service.url, timeout=TIMEOUT) as client,
        ThreadPoolExecutor() as pool,
    ):
        work = pool.submit(client.get, "/work")
        assert service.out.readline() == "working\n"
        service.signal(signal.SIGTERM)
        assert service.process.wait(TIMEOUT) == 0
        assert work.exception(TIMEOUT) is not None or work.result().status_code == 500


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(EXAMPLE_PORT=str(port)) as service:
            line = service.log("cannot listen")
            assert service.process.wait(TIMEOUT) == 1
    assert f"port {port}: Address already in use; set EXAMPLE_HOST or EXAMPLE_PORT" in line["event"]


def test_a_host_that_is_no_address_is_named() -> None:
    # No name server is asked for a name with a colon.
    with running(EXAMPLE_HOST="::g") as service:
        line = service.log("cannot listen")
        assert service.process.wait(TIMEOUT) == 1
    assert line["event"].startswith("cannot listen on ::g port 0: ")
    assert "Unknown error" not in line["event"] and "(" not in line["event"]


def test_an_application_that_cannot_start_ends_with_1() -> None:
    with running(FAIL="1") as service:
        assert "no database" in json.dumps(service.log("Traceback"))
        assert service.process.wait(TIMEOUT) == 1
