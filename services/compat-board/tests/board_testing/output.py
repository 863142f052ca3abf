"""What a server of the tests writes while it starts, and after."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

# A last resort, for what hangs: no test knows how fast a machine is.
START_SECONDS = 600

T = TypeVar("T")


class NotStarted(AssertionError):
    """The process ended, or was killed for being too slow; the text is what it wrote."""


def wait_for_line(process: "subprocess.Popen[str]", known: Callable[[str], T | None]) -> T:
    """What `known` makes of the first line on stderr that it knows; raises `NotStarted`.

    Whatever comes after is read and thrown away, so that the process never waits for a reader.
    """
    assert process.stderr is not None
    # Whoever waits for a line then sees the end of them.
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    told = []
    try:
        for line in process.stderr:
            told.append(line)
            found = known(line)
            if found is not None:
                threading.Thread(target=_drain, args=(process,), daemon=True).start()
                return found
    finally:
        watchdog.cancel()
    raise NotStarted("".join(told) or "it wrote nothing")


def _drain(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    for _ in process.stderr:
        pass
