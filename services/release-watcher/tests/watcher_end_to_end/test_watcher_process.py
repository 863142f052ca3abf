"""The program: started, asked, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from typing import Any

import httpx
import pytest
from werkzeug import Response

from watcher_index import Index, Receiver

# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


@pytest.fixture
def environ(tmp_path: Path, index: Index, slack: Receiver) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "RELEASE_WATCHER_PACKAGES": '["thing>=1"]',
        "RELEASE_WATCHER_DATABASE": str(tmp_path / "watcher.sqlite"),
        "RELEASE_WATCHER_SLACK_WEBHOOK_URL": slack.url,
        "RELEASE_WATCHER_PORT": "0",
        "RELEASE_WATCHER_POLL_INTERVAL": "0.2",
        # However busy the machine: what was polled since the start is ready.
        "RELEASE_WATCHER_READY_INTERVALS": "1000",
        "RELEASE_WATCHER_DELIVERY_RETRY": "0.2",
    }


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "release_watcher", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT)


class Daemon:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def log(self, event: str, **fields: str) -> dict[str, Any]:
        """The next line of the log whose event begins so, and which has these fields."""
        assert self.process.stderr is not None
        seen = []
        for text in self.process.stderr:
            line: dict[str, Any] = json.loads(text)
            if line["event"].startswith(event) and fields.items() <= line.items():
                return line
            seen.append(text)
        raise AssertionError(f"no {event!r} in {seen}")


@contextmanager
def daemon(environ: dict[str, str], command: str = "run", **more: str) -> Iterator[Daemon]:
    process = subprocess.Popen(
        [sys.executable, "-m", "release_watcher", command],
        env={**environ, **more},
        stderr=subprocess.PIPE,
        text=True,
    )
    # Whatever waits for its log then sees the end of it.
    watchdog = Timer(2 * TIMEOUT, process.kill)
    watchdog.start()
    try:
        yield Daemon(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def test_a_daemon_that_is_killed_delivers_after_its_next_start(
    environ: dict[str, str], index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    assert run(environ, "poll-once").returncode == 0
    index.publish("thing", "1.0", "1.1")
    asked, killed = Event(), Event()

    def never() -> Response:
        asked.set()
        killed.wait(TIMEOUT)
        return Response("nobody reads this", 500)

    slack.replies = [never]
    with daemon(environ) as first:
        assert asked.wait(TIMEOUT)
        # Recorded, on its way, not delivered.
        first.process.kill()
        first.process.wait()
        killed.set()
    status = json.loads(run(environ, "status", "--json").stdout)
    assert [pending["key"] for pending in status["pending"]] == ["thing/1.1/released/0"]

    with daemon(environ, RELEASE_WATCHER_LOG_LEVEL="debug") as second:
        url = "http://{host}:{port}".format(**second.log("listening"))
        second.log("delivered", channel="slack")
        assert httpx.get(f"{url}/readyz").json() == {"status": "ready", "failing": {}}
        assert "release_watcher_packages 1.0" in httpx.get(f"{url}/metrics").text
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(TIMEOUT) == 0
    with daemon(environ, RELEASE_WATCHER_LOG_LEVEL="debug") as third:
        third.log("polled")
        third.log("polled")
    # Once before the kill, which nobody answered, and once after.
    assert slack.keys == ["thing/1.1/released/0"] * 2


def test_a_kubernetes_service_of_its_name_changes_nothing(
    environ: dict[str, str], index: Index, tmp_path: Path
) -> None:
    index.publish("thing", "1.0")
    file = tmp_path / "settings.toml"
    file.write_text("port = 0")
    links = {
        "SETTINGS_FILE": str(file),
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "8001",
        "SERVICE_PORT_HTTP": "8001",
        "PORT": "tcp://10.0.0.1:8001",
        "PORT_8001_TCP": "tcp://10.0.0.1:8001",
        "PORT_8001_TCP_PROTO": "tcp",
        "PORT_8001_TCP_PORT": "8001",
        "PORT_8001_TCP_ADDR": "10.0.0.1",
    }
    with daemon(environ, **{f"RELEASE_WATCHER_{k}": value for k, value in links.items()}) as told:
        url = "http://{host}:{port}".format(**told.log("listening"))
        assert httpx.get(f"{url}/healthz").status_code == 200


def test_not_ready_while_the_index_is_gone(environ: dict[str, str], index: Index) -> None:
    index.answer_with("thing", 404)
    with daemon(environ) as running:
        url = "http://{host}:{port}".format(**running.log("listening"))
        assert running.log("poll failed")["trace_id"]
        answer = httpx.get(f"{url}/readyz")
        assert answer.status_code == 503
        assert answer.json()["failing"]["polls"].endswith(": thing")
        assert httpx.get(f"{url}/healthz").status_code == 200
        index.publish("thing", "1.0")
    assert run(environ, "poll-once").returncode == 0


def test_ready_while_one_package_of_many_is_gone(environ: dict[str, str], index: Index) -> None:
    index.publish("thing", "1.0")
    index.answer_with("thingg", 404)
    environ["RELEASE_WATCHER_PACKAGES"] = '["thing>=1", "thingg>=1"]'
    with daemon(environ, RELEASE_WATCHER_LOG_LEVEL="debug") as running:
        url = "http://{host}:{port}".format(**running.log("listening"))
        running.log("polled")
        assert httpx.get(f"{url}/readyz").status_code == 200
        check = run(environ, "status", "--check", "--json")
    assert check.returncode == 0 and "check passed" in check.stderr
    status = json.loads(check.stdout)
    assert status["running"] is True
    assert [package["name"] for package in status["packages"] if package["failures"] == 0] == [
        "thing"
    ]


def test_a_command_that_outlives_its_watcher_is_waited_for(
    environ: dict[str, str], index: Index, tmp_path: Path
) -> None:
    """Killed with -9, the watcher could not end it; the next watcher starts no second one beside it."""
    ran = tmp_path / "ran"
    index.publish("thing", "1.0")
    assert run(environ, "poll-once").returncode == 0
    index.publish("thing", "1.0", "1.1")
    with socket.create_server(("127.0.0.1", 0)) as test:
        test.settimeout(TIMEOUT)
        code = f"""
import pathlib, socket
ran = pathlib.Path({str(ran)!r})
with ran.open("a") as file:
    file.write("begin ")
# Until the test lets it end.
socket.create_connection({test.getsockname()!r}).recv(1)
with ran.open("a") as file:
    file.write("end ")
"""
        environ["RELEASE_WATCHER_TRIGGER_COMMAND"] = json.dumps([sys.executable, "-c", code])
        with daemon(environ) as first:
            survivor, _ = test.accept()
            first.process.kill()
            first.process.wait()
        with survivor, daemon(environ) as second:
            second.log("what an earlier watcher has started still runs")
            assert ran.read_text() == "begin "
            survivor.close()
            with test.accept()[0]:
                assert ran.read_text() == "begin end begin "
            second.log("delivered", channel="command")
            assert ran.read_text() == "begin end begin end "


@pytest.mark.parametrize("mode, code", [("run", 0), ("poll-once", 128 + signal.SIGTERM)])
def test_who_is_told_to_stop_ends_its_command(
    environ: dict[str, str], index: Index, mode: str, code: int
) -> None:
    index.publish("thing", "1.0")
    assert run(environ, "poll-once").returncode == 0
    index.publish("thing", "1.0", "1.1")
    with socket.create_server(("127.0.0.1", 0)) as test:
        test.settimeout(TIMEOUT)
        wait = f"import socket; socket.create_connection({test.getsockname()!r}).recv(1)"
        environ["RELEASE_WATCHER_TRIGGER_COMMAND"] = json.dumps([sys.executable, "-c", wait])
        with daemon(environ, mode, RELEASE_WATCHER_SHUTDOWN_GRACE="0.1") as watcher:
            command, _ = test.accept()
            command.settimeout(TIMEOUT)
            watcher.process.send_signal(signal.SIGTERM)
            assert watcher.process.wait(TIMEOUT) == code
        with command:
            assert command.recv(1) == b""


def test_a_daemon_keeps_others_out_and_does_not_wait_for_a_slow_index(
    environ: dict[str, str], index: Index
) -> None:
    index.publish("thing", "1.0")
    with daemon(environ, PIP_INDEX_URL="http://127.0.0.1:1/simple/") as running:
        running.log("listening")
        other = run(environ, "poll-once")
        assert other.returncode == 1
        assert "another release-watcher uses it" in other.stderr
        # The index client is between two of its attempts.
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(TIMEOUT) == 0


@pytest.mark.parametrize(
    "drip", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n "], ids=["silent", "endless"]
)
def test_a_daemon_does_not_wait_for_an_index_that_never_answers(
    environ: dict[str, str], drip: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(TIMEOUT)
        url = "http://127.0.0.1:{}/simple".format(silent.getsockname()[1])
        with daemon(environ, PIP_INDEX_URL=url, PIP_TIMEOUT="600") as running:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                connection.sendall(drip)
                running.process.send_signal(signal.SIGTERM)
                assert running.process.wait(TIMEOUT) == 0
