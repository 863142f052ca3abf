"""Whoever waits for calls in other threads can be interrupted, at any moment."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from release_sampler.basis.threads import map_each
from release_sampler.index.http import Http
from release_sampler.index.pip_config import IndexConfig


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """As in a shell's foreground."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def main_waits() -> bool:
    """Whether the main thread waits, and not for a thread to start."""
    top = sys._current_frames()[threading.main_thread().ident or 0]
    codes = [frame.f_code for frame, _ in traceback.walk_stack(top)]
    return (
        codes[0].co_filename == threading.__file__ and threading.Thread.start.__code__ not in codes
    )


def map_two(call: Callable[[object], object], folder: Path) -> None:
    map_each(call, (1, 2), threads=2)


def read_within_a_deadline(call: Callable[[object], object], folder: Path) -> None:
    (folder / "page").write_text("")
    Http(IndexConfig(("file:///",))).read((folder / "page").as_uri(), call)


@pytest.mark.parametrize("start", [map_two, read_within_a_deadline])
def test_an_interrupt_that_does_not_wake_who_waits_ends_the_wait(
    tmp_path: Path, start: Callable[[Callable[[object], object], Path], None]
) -> None:
    """One that comes just before a wait begins; one that another thread takes is like it."""
    over = threading.Event()

    def call(_: object) -> None:
        while not main_waits():
            pass
        if not over.is_set():
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        over.wait(600)
        over.set()

    with pytest.raises(KeyboardInterrupt):
        start(call, tmp_path)
    assert not over.is_set(), "raised only when the call was over"
    over.set()
