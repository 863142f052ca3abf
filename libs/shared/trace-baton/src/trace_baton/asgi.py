"""ASGI: one middleware for starlette, fastapi, quart, django and bare applications.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html.
"""

from functools import partial
from typing import Any, Awaitable, Callable, Dict, MutableMapping

from trace_baton.context import TraceContext, attach, detach
from trace_baton.guard import Guard
from trace_baton.patching import Installed
from trace_baton.propagation import FIELDS, REQUEST_ID, continued, joined

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Call = Callable[[Any, Scope, Receive, Send], Awaitable[None]]
"""The `__call__` of an application's class."""

SCOPE_KEY = "trace_baton"
"""Where the scope of a request holds its context. Applications mounted within one share its scope."""

_REQUEST_ID = REQUEST_ID.encode()
_FIELDS = {field.encode(): field for field in FIELDS}
_guard = Guard("ASGI")


def calling(call: Call, installed: Installed) -> Call:
    """Wrap the `__call__` of an application's class, to run in the context of each request.

    For `trace_baton.patching.replace_async`. A request that already has a context is passed through.
    """

    async def call_in_context(app: Any, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in ("http", "websocket") or SCOPE_KEY in scope or not installed.active:
            await call(app, scope, receive, send)
            return
        token = None
        try:
            context = _context_of(scope)
            if kind == "http":
                send = partial(_send_with_request_id, send, context.request_id)
            scope[SCOPE_KEY] = context
            token = attach(context)
        except Exception as error:
            _guard.report(error)
        try:
            await call(app, scope, receive, send)
        finally:
            if token is not None:
                detach(token)

    return call_in_context


class ASGIMiddleware:
    """Runs an application in the context of each request, HTTP and WebSocket.

    The response to an HTTP request gets an `x-request-id`, unless the application sets one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def _call_app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, send)

    __call__ = calling(_call_app, Installed())


def _context_of(scope: Scope) -> TraceContext:
    # In ASGI names are in lower case; most of a request's headers are of no interest here.
    found: Dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _FIELDS:
            field, text = _FIELDS[name], value.decode("latin-1")
            found[field] = joined(found[field], text) if field in found else text
    return continued(found)


def _send_with_request_id(send: Send, request_id: str, message: Message) -> Awaitable[None]:
    # Not async: returning what `send` returns saves a coroutine for every part of a response.
    if message["type"] == "http.response.start":
        try:
            message = _named(message, request_id)
        except Exception as error:
            _guard.report(error)
    return send(message)


def _named(message: Message, request_id: str) -> Message:
    headers = list(message.get("headers", ()))
    for name, _ in headers:
        if name.lower() == _REQUEST_ID:
            break
    else:
        headers.append((_REQUEST_ID, request_id.encode("ascii")))
    named = dict(message)
    named["headers"] = headers
    return named
