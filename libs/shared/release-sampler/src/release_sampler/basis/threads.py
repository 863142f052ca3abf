"""Calls in several threads at once that hold nobody up who wants to leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Seconds after which whoever waits looks whether it was interrupted.
_TURN = 0.2


def submit_each(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[Future[R]]:
    """Call for each item, so many at a time; the results to come, in the order of the items.

    The threads are daemons: unlike with `ThreadPoolExecutor`, neither an interrupt nor the end of
    the program waits for them, whatever an index does.
    """
    waiting: SimpleQueue[tuple[Future[R], T]] = SimpleQueue()
    futures = []
    for item in items:
        futures.append(Future[R]())
        waiting.put((futures[-1], item))
    for _ in range(min(threads, len(futures))):
        Thread(target=_work, args=(call, waiting), daemon=True).start()
    return futures


def result_of(future: Future[R], seconds: float = inf) -> R:
    """Wait for a result, in turns; raises `concurrent.futures.TimeoutError` when the time is over.

    A signal that arrives just before a wait begins does not end it: without turns, an interrupt at
    that moment would be raised only once the index has answered.
    """
    end = monotonic() + seconds
    while not future.done() and (left := end - monotonic()) > 0:
        wait([future], min(left, _TURN))
    return future.result(timeout=0)


def map_each(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """As `submit_each`, and wait for the results; what the first failure raises ends it."""
    items = tuple(items)
    if len(items) < 2:
        return [call(item) for item in items]
    futures = submit_each(call, items, threads)
    try:
        return [result_of(future) for future in futures]
    finally:
        for future in futures:
            future.cancel()


def _work(call: Callable[[T], R], waiting: SimpleQueue[tuple[Future[R], T]]) -> None:
    while True:
        try:
            future, item = waiting.get_nowait()
        except Empty:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(call(item))
        except BaseException as error:  # noqa: B036 - raised again by whoever asks for the result.
            future.set_exception(error)
