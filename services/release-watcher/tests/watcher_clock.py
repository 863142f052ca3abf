"""Time that passes only while nobody has anything to do: a month of a daemon in seconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
#: Seconds of real time after which a thread is said to hang.
_HANGS = 60.0


@dataclass
class FakeTime:
    """Seconds since `START`; goes on from one loop to the next."""

    elapsed: float = 0.0

    def now(self) -> datetime:
        """As a watcher's clock tells it."""
        return START + timedelta(seconds=self.elapsed)


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers come due at once, in their order, while no thread is at work.

    What threads do takes no time. The loop itself waits for nothing on the network.
    """

    def __init__(self, time: FakeTime) -> None:
        self._fake = time
        self._at_work = 0
        super().__init__(_Skipping(self))

    def time(self) -> float:
        """That of the fake, for all timers."""
        return self._fake.elapsed

    def run_in_executor(  # type: ignore[override]  # It is generic in what no caller here gives.
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As always, and time stands still meanwhile."""
        self._at_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Waits for the threads, by no timer."""
        executor = self._default_executor  # type: ignore[attr-defined]
        if executor is not None:
            executor.shutdown(wait=True)

    def _done(self, _: object) -> None:
        self._at_work -= 1


class _Skipping(selectors.DefaultSelector):
    def __init__(self, loop: SkippingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop._at_work and (timeout is None or timeout > 0):
            ready = super().select(_HANGS)
            assert ready, "a thread hangs"
            return ready
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("nothing will ever happen")
        if not ready and timeout is not None:
            self._loop._fake.elapsed += max(timeout, 0)
        return ready
