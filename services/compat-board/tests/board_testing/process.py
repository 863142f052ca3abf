"""The board as a process of its own, on a free loopback port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from board_testing.inside import TOKEN

START_SECONDS = 60


@dataclass(frozen=True)
class BoardProcess:
    """A board that listens at `url`."""

    url: str
    process: "subprocess.Popen[str]"


def environment(database: str, **more: str) -> dict[str, str]:
    """The environment of the command `compat-board`."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COMPAT_BOARD_DATABASE": database,
        "COMPAT_BOARD_TOKEN": TOKEN,
        "COMPAT_BOARD_PORT": "0",
        **more,
    }


def command(*arguments: str) -> list[str]:
    """The command line of `compat-board`."""
    return [sys.executable, "-m", "compat_board", *arguments]


def run(database: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(database, **more),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )


@contextmanager
def board_process(database: str, **more: str) -> Iterator[BoardProcess]:
    """A board within a `with` block; killed at its end unless it has ended before."""
    process = subprocess.Popen(
        command("serve"),
        env=environment(database, **more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Whatever waits for its output then sees the end of it.
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        url = _url(process)
        watchdog.cancel()
        drain = threading.Thread(target=_drain, args=(process,), daemon=True)
        drain.start()
        yield BoardProcess(url, process)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def _url(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    told = []
    for text in process.stderr:
        told.append(text)
        line = json.loads(text) if text.startswith("{") else {}
        if line.get("event") == "listening":
            return f"http://{line['host']}:{line['port']}"
    raise AssertionError(f"the board did not start: {''.join(told)}")


def _drain(process: "subprocess.Popen[str]") -> None:
    """Reads on, so that the board never waits for somebody to read its log."""
    assert process.stderr is not None
    for _ in process.stderr:
        pass
