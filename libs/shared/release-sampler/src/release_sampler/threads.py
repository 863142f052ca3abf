"""Calls in several threads at once that hold nobody up who wants to leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


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


def map_each(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """As `submit_each`, and wait for the results; what the first failure raises ends it."""
    items = tuple(items)
    if len(items) < 2:
        return [call(item) for item in items]
    futures = submit_each(call, items, threads)
    try:
        return [future.result() for future in futures]
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
