"""ASGI: one middleware for starlette, fastapi, quart, django and bare applications.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html.
"""

from functools import partial
from typing import Any, Awaitable, Callable, Dict, MutableMapping

from trace_baton import settings
from trace_baton.context import TraceContext, attach, attached, detach
from trace_baton.guard import Guard
from trace_baton.lines import left, served, serving
from trace_baton.patching import Installed
from trace_baton.propagation import continued, joined

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Call = Callable[[Any, Scope, Receive, Send], Awaitable[None]]
"""The `__call__` of an application's class."""

SCOPE_KEY = "trace_baton"
"""Where the scope of a request holds its context. Applications mounted within one share its scope."""

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
        try:
            context = _context_of(scope)
            scope[SCOPE_KEY] = context
            if kind == "http":
                receive = partial(_outside, context, receive)
                send = partial(_send, send, context)
            elif scope.get("asgi", {}).get("spec_version", "2.0") != "2.0":
                # Before, the answer to a handshake could have no headers.
                send = partial(_send_to_websocket, send, context)
            token = attach(context)
        except Exception as error:
            _guard.report(error)
            await call(app, scope, receive, send)
            return
        try:
            await call(app, scope, receive, send)
        except BaseException as error:
            left(error, context)
            raise
        finally:
            detach(token)
            served(context)

    return call_in_context


class ASGIMiddleware:
    """Runs an application in the context of each request, HTTP and WebSocket.

    The response to a request, or to a handshake, names the request id, unless the application sets one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def _call_app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, send)

    __call__ = calling(_call_app, Installed())


def _context_of(scope: Scope) -> TraceContext:
    # In ASGI names are in lower case; most of a request's headers are of no interest here.
    names = settings.active.received_by_asgi
    found: Dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in names:
            field = names[name]
            if field in found:
                pairs = [(names[n], v.decode("latin-1")) for n, v in scope["headers"] if n in names]
                return continued(joined(pairs))
            found[field] = value.decode("latin-1")
    return continued(found)


def _send(send: Send, context: TraceContext, message: Message) -> Awaitable[None]:
    # Not async: returning what `send` returns saves a coroutine for every part of a response.
    if message["type"] == "http.response.start":
        return send(_naming(message, context))
    if message.get("more_body"):
        return send(message)
    return _outside(context, send, message)


def _send_to_websocket(send: Send, context: TraceContext, message: Message) -> Awaitable[None]:
    # A handshake is accepted, or answered as a request is.
    if message["type"] in ("websocket.accept", "websocket.http.response.start"):
        message = _naming(message, context)
    return send(message)


async def _outside(context: TraceContext, call: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """Let the server read, or end the response, outside of the request's context.

    Here it sets up how it goes on to read from the connection, whose next request has a context of its own.
    """
    around = attached()
    try:
        attach(None)
        serving(context)
    except Exception as error:
        _guard.report(error)
        return await call(*args)
    try:
        return await call(*args)
    finally:
        attach(around)


def _naming(message: Message, context: TraceContext) -> Message:
    try:
        return _named(message, context.request_id)
    except Exception as error:
        _guard.report(error)
        return message


def _named(message: Message, request_id: str) -> Message:
    field = settings.active.answered_by_asgi
    length = len(field)
    headers = list(message.get("headers") or ())
    for name, _ in headers:
        # Most differ in length, which is faster to see.
        if len(name) == length and name.lower() == field:
            break
    else:
        headers.append((field, request_id.encode()))
    return {**message, "headers": headers}
