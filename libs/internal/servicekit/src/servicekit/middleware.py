"""What happens around every request: a line in the log, metrics, and an answer when the code fails."""

from __future__ import annotations

import time

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import trace_baton
from servicekit.metrics import RequestMetrics

#: Asked every few seconds by machines; their lines are for debugging.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})

_log = structlog.stdlib.get_logger(__name__)


class RequestMiddleware:
    """Logs and counts each request; where the application raises, answers 500 without internals.

    Within trace-baton's middleware, so that the lines and the answer have the request id.
    """

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, root = time.perf_counter(), scope.get("root_path", "")
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        except Exception:
            _log.exception("request failed", method=scope["method"], path=scope["path"])
            if status:
                # Too late to say so otherwise: the server breaks the connection off.
                raise
            await _internal_error()(scope, receive, send_noting_status)
        finally:
            self._record(scope, _template(scope, root), status, time.perf_counter() - started)

    def _record(self, scope: Scope, route: str, status: int, seconds: float) -> None:
        # 499 as nginx has it: cancelled before there was an answer.
        status = status or 499
        self._metrics.observe(scope["method"], route, status, seconds)
        log = _log.debug if route in _PROBES else _log.info
        client = scope.get("client")
        log(
            "request",
            method=scope["method"],
            path=scope["path"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 1),
            client=client[0] if client else None,
        )


def _template(scope: Scope, root: str) -> str:
    """The path of the route that matched, `/packages/{name}`; "none" where there is none.

    Give a router its prefix where it is made: FastAPI does not tell that of `include_router`.
    """
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    # An application that is mounted has its place in the root path.
    mounted: str = scope.get("root_path", "").removeprefix(root)
    return f"{mounted}/*" if mounted else "none"


def _internal_error() -> JSONResponse:
    context = trace_baton.current()
    return JSONResponse(
        {"detail": "internal error", "request_id": context.request_id if context else None}, 500
    )
