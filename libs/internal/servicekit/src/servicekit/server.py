"""Runs an application under uvicorn until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from servicekit.health import Lifecycle
from servicekit.settings import ServiceSettings

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_log = logging.getLogger(__name__)


def serve(application: FastAPI, settings: ServiceSettings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    0 after a graceful stop: `/readyz` says 503, after `shutdown_delay` no connection is accepted,
    what is running gets `shutdown_grace`, then the application's lifespan ends. A second signal ends
    requests at once. 1, and a line in the log, if it cannot listen or the application cannot start.
    """
    try:
        listener = _listen(settings.host, settings.port)
    except OSError as error:
        _log.error(
            "cannot listen on %s port %s: %s; set %sHOST or %sPORT",
            settings.host,
            settings.port,
            _reason(error),
            settings.prefix(),
            settings.prefix(),
        )
        return 1
    server = _Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=math.ceil(settings.shutdown_grace),
        ),
        application.state.lifecycle,
        settings.shutdown_delay,
    )
    with listener:
        try:
            asyncio.run(server.serve(sockets=[listener]))
        except SystemExit:
            # How uvicorn says that the application did not start; it has logged why.
            return 1
    return 0


class _Server(uvicorn.Server):
    """Stops in two steps; exits with 0, where uvicorn dies of the signal again at the end."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, delay: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._delay = delay

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            _log.info("listening", extra={"host": host, "port": port})

    def _stop(self) -> None:
        if self._lifecycle.stopping:
            self.should_exit = self.force_exit = True
            return
        self._lifecycle.stopping = True
        asyncio.get_running_loop().call_later(self._delay, self._exit)

    def _exit(self) -> None:
        self.should_exit = True


def _reason(error: OSError) -> str:
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    # Of a name that is no address, whose numbers are below zero and not the system's.
    return str(error.strerror or error).partition(" (while")[0]


def _listen(host: str, port: int) -> socket.socket:
    """Raises `OSError` if the address is taken, not ours, or no address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # Connections inherit it. asyncio sets it only where a socket names its protocol, and without it
    # the body of an answer waits for the client to acknowledge the headers: 40 ms on Linux.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
