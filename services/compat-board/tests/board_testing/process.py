"""The board as a process of its own, on a free loopback port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from board_testing.inside import TOKEN
from board_testing.output import START_SECONDS, wait_for_line


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
    try:
        yield BoardProcess(wait_for_line(process, _url), process)
    finally:
        process.kill()
        process.wait()


def _url(line: str) -> str | None:
    """Where the board says that it listens."""
    told = json.loads(line) if line.startswith("{") else {}
    return f"http://{told['host']}:{told['port']}" if told.get("event") == "listening" else None
