"""tornado: requests to an `Application` run in the context of their headers; clients carry it.

The clients are `AsyncHTTPClient` and `HTTPClient`; `websocket_connect` goes around both.
"""

import copy
from typing import Any, Callable, Tuple, TypeVar
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler

from trace_baton import settings
from trace_baton.context import TraceContext
from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import extract, inject

REQUEST_ATTRIBUTE = "trace_baton"
"""Where a request to an application holds its context."""

ADDED = "trace_baton_added"
"""Where a client's request holds the names of the headers that trace-baton has added."""

_guard = Guard("tornado")
_Result = TypeVar("_Result")


def install() -> Undo:
    """Wrap the public methods that every request passes, whenever its application was made.

    They are `Application.get_handler_delegate`, `RequestHandler.flush` and `AsyncHTTPClient.fetch`,
    which `HTTPClient` calls as well.
    """
    undo_delegate = replace(Application, "get_handler_delegate", _delegating)
    undo_flush = replace(RequestHandler, "flush", _naming)
    undo_fetch = replace(AsyncHTTPClient, "fetch", _carrying)

    def undo() -> None:
        undo_delegate()
        undo_flush()
        undo_fetch()

    return undo


def _delegating(
    get_handler_delegate: Callable[..., HTTPMessageDelegate],
) -> Callable[..., HTTPMessageDelegate]:
    def get_delegate_in_context(
        app: Application, request: HTTPServerRequest, *args: Any, **kwargs: Any
    ) -> HTTPMessageDelegate:
        delegate = get_handler_delegate(app, request, *args, **kwargs)
        with _guard:
            # An application that another one falls back to gets its request.
            if not hasattr(request, REQUEST_ATTRIBUTE):
                context = extract(request.headers)
                _run_in(context, delegate)
                setattr(request, REQUEST_ATTRIBUTE, context)
        return delegate

    return get_delegate_in_context


def _run_in(context: TraceContext, delegate: Any) -> None:
    """Have the handler start in the context; its task keeps it."""
    for name in ("headers_received", "data_received", "finish", "on_connection_close"):
        setattr(delegate, name, _in_context(context, getattr(delegate, name)))


def _in_context(context: TraceContext, call: Callable[..., _Result]) -> Callable[..., _Result]:
    def call_in_context(*args: Any, **kwargs: Any) -> _Result:
        with _guard.attached(context):
            return call(*args, **kwargs)

    return call_in_context


def _naming(flush: Callable[..., Any]) -> Callable[..., Any]:
    def flush_naming(handler: RequestHandler, *args: Any, **kwargs: Any) -> Any:
        with _guard:
            _name(handler)
        return flush(handler, *args, **kwargs)

    return flush_naming


def _name(handler: RequestHandler) -> None:
    context = getattr(handler.request, REQUEST_ATTRIBUTE, None)
    field = settings.active.request_id_header
    # There is no public way to ask for a header that has been set.
    if context is not None and field not in handler._headers:
        handler.set_header(field, context.request_id)


def _carrying(fetch: Callable[..., Any]) -> Callable[..., Any]:
    def fetch_carrying(client: AsyncHTTPClient, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(request, HTTPRequest):
            # As the client does; ours has a place for the names of what is added.
            error = {"raise_error": kwargs.pop("raise_error")} if "raise_error" in kwargs else {}
            request, kwargs = HTTPRequest(url=request, **kwargs), error
        with _guard:
            # A copy, because the caller may send the same again, in another trace.
            carrier = HTTPHeaders(request.headers)
            added = _allowed(request, carrier)
            request = copy.copy(request)
            request.headers = carrier
            setattr(request, ADDED, added)
        return fetch(client, request, *args, **kwargs)

    return fetch_carrying


def _allowed(request: HTTPRequest, carrier: HTTPHeaders) -> Tuple[str, ...]:
    """Add what the request's host may have; return the names.

    A redirect comes here as a copy of the request before it, which another host may have got.
    """
    host = urlsplit(request.url).hostname or ""
    before: Tuple[str, ...] = getattr(request, ADDED, ())
    if settings.active.sends_to(host):
        return inject(carrier) or before
    for name in before:
        carrier.pop(name, None)
    return ()
