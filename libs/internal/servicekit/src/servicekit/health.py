"""`/healthz`: the process serves. `/readyz`: send it work, everything that it needs is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import JSONResponse

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """Something that a service needs. `probe` raises where it is not there; its text is shown."""

    name: str
    probe: Callable[[], Awaitable[None]]
    #: Seconds.
    timeout: float = 2.0


class Lifecycle:
    """Whether the server is on its way down; `serve` says so, `/readyz` passes it on."""

    def __init__(self) -> None:
        self.stopping = False


class NotReady(Exception):
    """What a probe raises to say why, in words fit for whoever may read `/readyz`."""


def health_routes(checks: Sequence[Check], lifecycle: Lifecycle) -> APIRouter:
    """The two routes. `/readyz` runs all checks at once; 503 names each that fails, and why."""

    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz")
    async def readyz() -> JSONResponse:
        if lifecycle.stopping:
            return JSONResponse({"status": "shutting down", "failing": {}}, 503)
        problems = await asyncio.gather(*map(_problem, checks))
        failing = {check.name: text for check, text in zip(checks, problems) if text is not None}
        if failing:
            return JSONResponse({"status": "not ready", "failing": failing}, 503)
        return JSONResponse({"status": "ready", "failing": {}})

    return routes


async def _problem(check: Check) -> str | None:
    try:
        async with asyncio.timeout(check.timeout):
            await check.probe()
    except NotReady as reason:
        return str(reason)
    except TimeoutError:
        return f"no answer within {check.timeout:g} seconds"
    except Exception as error:
        # Its text may hold an address or a password: that is for the log.
        _log.warning("readiness check %s fails", check.name, exc_info=error)
        return type(error).__name__
    return None
