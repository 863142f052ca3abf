"""The channels: what a receiver gets, and what counts as a failure."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event as ThreadEvent
from threading import Thread

import pytest
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug import Response

from release_watcher.events import Event, Kind
from release_watcher.told import post
from release_watcher.told.channel import Channel, DeliveryFailed
from release_watcher.told.command import CommandChannel
from release_watcher.told.post import retry_after
from release_watcher.told.slack import SlackChannel, message
from release_watcher.told.webhook import WebhookChannel
from watcher_index import Receiver

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
EVENT = Event("thing/1.1/released/0", "thing", "1.1", Kind.RELEASED, ("thing>=1", "thing<9"), NOW)


def send(channel: Channel, event: Event = EVENT) -> None:
    asyncio.run(channel.send(event))


Commands = Callable[..., CommandChannel]


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """Makes channels of one watcher after another."""

    def make(*command: str, timeout: float = 600) -> CommandChannel:
        return CommandChannel(command, timeout, tmp_path / "lock")

    return make


@pytest.fixture
def python(commands: Commands) -> Commands:
    return functools.partial(commands, sys.executable, "-c")


def test_slack_gets_text_and_blocks() -> None:
    text = ":package: thing 1.1 is released"
    assert message(EVENT) == {
        "text": text,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {
                "type": "context",
                "elements": [
                    {"type": "mrkdwn", "text": "watched as thing&gt;=1, thing&lt;9"},
                ],
            },
        ],
    }


def test_a_webhook_gets_the_event_its_key_and_the_token(httpserver: HTTPServer) -> None:
    receiver = Receiver(httpserver, "/hook")
    send(WebhookChannel(receiver.url, "hunter2"))
    (request,) = receiver.requests
    assert request.headers["Authorization"] == "Bearer hunter2"
    assert request.headers["Idempotency-Key"] == EVENT.key
    assert request.json == {
        "key": "thing/1.1/released/0",
        "kind": "released",
        "package": "thing",
        "version": "1.1",
        "requirements": ["thing>=1", "thing<9"],
        "detected_at": "2026-11-21T12:00:00+00:00",
        "uploaded_at": None,
        "reason": "",
    }


@pytest.mark.usefixtures("impatient")
class TestAnswers:
    @pytest.mark.parametrize(
        "status, header, attempts",
        [(500, "", 3), (429, "", 3), (408, "", 3), (400, "", 1), (302, "", 1), (429, "3600", 1)],
        ids=["500", "429", "408", "400", "redirect", "429 for an hour"],
    )
    def test_which_are_tried_again(
        self, httpserver: HTTPServer, status: int, header: str, attempts: int
    ) -> None:
        receiver = Receiver(httpserver, "/services/secret")
        headers = {"Retry-After": header} if header else {}
        receiver.replies = [lambda: Response("", status, headers)] * 10
        with (
            capture_logs() as logs,
            pytest.raises(DeliveryFailed, match=f"^localhost answers {status}$"),
        ):
            send(SlackChannel(receiver.url))
        assert len(receiver.requests) == attempts
        assert len(logs) == attempts - 1 and "secret" not in str(logs)

    def test_a_second_attempt_that_succeeds_is_a_success(self, httpserver: HTTPServer) -> None:
        receiver = Receiver(httpserver, "/hook")
        receiver.replies = [lambda: Response("", 503)]
        send(SlackChannel(receiver.url))
        assert receiver.keys == [EVENT.key] * 2

    def test_nobody_there_is_a_failure(self) -> None:
        with pytest.raises(DeliveryFailed, match="^127.0.0.1: ConnectError$"):
            send(SlackChannel("http://127.0.0.1:9/services/secret"))


@contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """A server that begins so and then says a little more again and again; its URL."""
    stop = ThreadEvent()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(100_000)
            with suppress(OSError):
                self.request.sendall(beginning)
                while not stop.wait(0.01):
                    self.request.sendall(b"x")

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/services/secret"
        finally:
            stop.set()
            server.shutdown()


@pytest.mark.usefixtures("impatient")
class TestAnswersWithoutEnd:
    def test_of_whoever_took_it_are_not_read(self) -> None:
        with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n") as url:
            send(SlackChannel(url))

    def test_of_whoever_refuses_are_not_read(self) -> None:
        refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000\r\n\r\n"
        with dripping(refusal) as url, pytest.raises(DeliveryFailed, match="answers 400$"):
            send(SlackChannel(url))

    def test_are_cut_off_before_they_begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(post, "_TIMEOUT", 0.2)
        with dripping(b"HTTP/1.1 200 OK\r\nX: ") as url:
            with pytest.raises(DeliveryFailed, match="^127.0.0.1: no answer within 0.2 seconds$"):
                send(SlackChannel(url))


@pytest.mark.parametrize(
    "value, seconds",
    [
        (None, None),
        ("5", 5.0),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


class TestCommand:
    def test_gets_the_event_and_no_secret(
        self, tmp_path: Path, python: Commands, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RELEASE_WATCHER_SLACK_WEBHOOK_URL", "secret")
        monkeypatch.setenv("DEPLOY", "yes")
        file = tmp_path / "environment"
        send(python(f"import json, os; json.dump(dict(os.environ), open({str(file)!r}, 'w'))"))
        environ = json.loads(file.read_text())
        assert environ["DEPLOY"] == "yes"
        told = {key: value for key, value in environ.items() if key.startswith("RELEASE_WATCHER")}
        assert told == {
            "RELEASE_WATCHER_KEY": EVENT.key,
            "RELEASE_WATCHER_KIND": "released",
            "RELEASE_WATCHER_PACKAGE": "thing",
            "RELEASE_WATCHER_VERSION": "1.1",
            "RELEASE_WATCHER_REQUIREMENTS": "thing>=1\nthing<9",
            "RELEASE_WATCHER_DETECTED_AT": "2026-11-21T12:00:00+00:00",
            "RELEASE_WATCHER_UPLOADED_AT": "",
            "RELEASE_WATCHER_REASON": "",
        }

    def test_no_shell_reads_its_arguments(self, tmp_path: Path, python: Commands) -> None:
        file = tmp_path / "written"
        send(python("pass", f"; touch {file}", "$(id)"))
        assert not file.exists()

    @pytest.mark.parametrize(
        "command, timeout, reason",
        [
            ([sys.executable, "-c", "raise SystemExit(3)"], 600, "ends with exit code 3"),
            ([sys.executable, "-c", "input()"], 0, "took more than 0 seconds"),
            (["/no/such/program"], 600, "/no/such/program cannot be run"),
        ],
        ids=["exit code", "time", "missing"],
    )
    def test_failures(
        self, commands: Commands, command: list[str], timeout: float, reason: str
    ) -> None:
        with pytest.raises(DeliveryFailed, match=reason):
            send(commands(*command, timeout=timeout))

    def test_of_its_output_only_the_end_is_kept_and_none_on_disk(self, python: Commands) -> None:
        code = (
            "import os, stat; assert stat.S_ISFIFO(os.fstat(1).st_mode);"
            "[print('x' * 100_000) for _ in range(100)]; print('the end')"
        )
        with capture_logs() as logs:
            send(python(code))
        assert logs[-1]["output"] == "x" * 3991 + "\nthe end\n"

    def test_what_it_leaves_behind_keeps_no_other_waiting(
        self, tmp_path: Path, python: Commands
    ) -> None:
        """In a session of its own, it is not ended, and has the output and the lock still open."""
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        child = f"print(open({str(fifo)!r}).read(), flush=True)"
        code = (
            "import os, subprocess, sys;"
            "subprocess.Popen("
            f"    [sys.executable, '-c', {child!r}], close_fds=False, start_new_session=True"
            ")"
        )
        send(python(code))
        send(python("pass"))
        with open(fifo, "w") as writer:
            writer.write("alive after all")

    def test_what_it_leaves_behind_is_ended(self, tmp_path: Path, python: Commands) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        child = f"f = open({str(fifo)!r}, 'w'); import time; time.sleep(600); f.write('alive')"
        code = (
            f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]);"
            # Opening tells that the child has opened its end.
            f"open({str(fifo)!r})"
        )
        send(python(code))
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        # Waits for the end of the last writer, or for what it has to say.
        os.set_blocking(reader, True)
        assert os.read(reader, 5) == b""
        os.close(reader)
