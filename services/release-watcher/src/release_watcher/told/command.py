"""A program that triggers the update: no shell, the event in its environment, its time bounded."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from release_watcher.events import Event, fields_of
from release_watcher.told.channel import DeliveryFailed

#: The end of the output that is kept, in bytes.
_KEPT = 4_000
#: Seconds that the output may take to end after the program and its group have.
_LAST_WORDS = 1.0
#: Seconds between two looks at a lock.
_PAUSE = 0.2
_PREFIX = "RELEASE_WATCHER_"

_log = structlog.stdlib.get_logger(__name__)


class CommandChannel:
    """Runs the program once for each event; success is exit code 0 within `timeout` seconds.

    The program holds `lock`, a file, for as long as it runs: it may outlive a watcher that was
    killed, and the next watcher then starts no second one beside it.
    """

    name = "command"
    is_for_people = False

    def __init__(self, command: Sequence[str], timeout: float, lock: Path) -> None:
        self._command = tuple(command)
        self._timeout = timeout
        self._lock = lock

    async def send(self, event: Event) -> None:
        async with self._alone() as lock:
            await self._run(event, lock)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[int]:
        """Wait until no other program runs, and hold the lock, a file descriptor."""
        try:
            file = self._lock.open("w")
        except OSError as error:
            raise DeliveryFailed(f"{self._lock}: {error.strerror}") from error
        with file:
            try:
                async with asyncio.timeout(self._timeout):
                    await self._take(file.fileno())
            except TimeoutError as error:
                raise DeliveryFailed(
                    f"what an earlier watcher has started still runs; end it: it holds {self._lock}"
                ) from error
            try:
                yield file.fileno()
            finally:
                # Closing is not enough: what the program has left behind has the same file open.
                fcntl.flock(file, fcntl.LOCK_UN)

    async def _take(self, lock: int) -> None:
        waiting = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not waiting:
                    _log.warning("what an earlier watcher has started still runs: waiting for it")
                waiting = True
                await asyncio.sleep(_PAUSE)

    async def _run(self, event: Event, lock: int) -> None:
        program = self._command[0]
        output = _Tail()
        # Not asyncio's own pipe: what the program leaves running may keep it open, and must not keep
        # us waiting.
        read_end, write_end = os.pipe()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: output, os.fdopen(read_end, "rb", buffering=0)
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                env=environment(os.environ, event),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                pass_fds=[lock],
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            transport.close()
            raise DeliveryFailed(f"{program} cannot be run: {error}") from error
        finally:
            os.close(write_end)
        try:
            async with asyncio.timeout(self._timeout):
                code = await process.wait()
        except TimeoutError as error:
            raise DeliveryFailed(f"{program} took more than {self._timeout:g} seconds") from error
        finally:
            # Also what it has started, and also when the watcher is told to stop.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait({output.ended}, timeout=_LAST_WORDS)
            transport.close()
            _log.info("trigger ended", key=event.key, code=process.returncode, output=output.text)
        if code:
            raise DeliveryFailed(f"{program} ends with exit code {code}")


class _Tail(asyncio.Protocol):
    """Reads all that comes out of a pipe, and keeps the end."""

    def __init__(self) -> None:
        self._kept = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")

    def data_received(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-_KEPT:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def environment(environ: Mapping[str, str], event: Event) -> dict[str, str]:
    """The watcher's own, without its settings (there are secrets among them), with the event."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_PREFIX)}
    fields = {**fields_of(event), "requirements": "\n".join(event.requirements)}
    told = {f"{_PREFIX}{name.upper()}": str(value or "") for name, value in fields.items()}
    return {**kept, **told}
