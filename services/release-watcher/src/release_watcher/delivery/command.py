"""A program that triggers the update: no shell, the event in its environment, its time bounded."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO

import structlog

from release_watcher.delivery.channel import DeliveryFailed
from release_watcher.events import Event, fields_of

#: The end of the output that is kept, in bytes.
_KEPT = 4_000
_PREFIX = "RELEASE_WATCHER_"

_log = structlog.stdlib.get_logger(__name__)


class CommandChannel:
    """Runs the program once for each event; success is exit code 0 within `timeout` seconds."""

    name = "command"

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command = tuple(command)
        self._timeout = timeout

    async def send(self, event: Event) -> None:
        # A file, not a pipe: whatever the program leaves running must not keep us waiting.
        with TemporaryFile() as output:
            await self._run(event, output)

    async def _run(self, event: Event, output: IO[bytes]) -> None:
        program = self._command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                env=environment(os.environ, event),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise DeliveryFailed(f"{program} cannot be run: {error}") from error
        try:
            async with asyncio.timeout(self._timeout):
                code = await process.wait()
        except TimeoutError as error:
            raise DeliveryFailed(f"{program} took more than {self._timeout:g} seconds") from error
        finally:
            # Also what it has started, and also when the watcher is told to stop.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            _log.info("trigger ended", key=event.key, code=process.returncode, output=_tail(output))
        if code:
            raise DeliveryFailed(f"{program} ends with exit code {code}")


def environment(environ: Mapping[str, str], event: Event) -> dict[str, str]:
    """The watcher's own, without its settings (there are secrets among them), with the event."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_PREFIX)}
    fields = {**fields_of(event), "requirements": "\n".join(event.requirements)}
    told = {f"{_PREFIX}{name.upper()}": str(value or "") for name, value in fields.items()}
    return {**kept, **told}


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(size - _KEPT, 0))
    return output.read().decode(errors="replace")
