"""WSGI: one middleware for flask, falcon, bottle, pyramid, django and bare applications.

Source: PEP 3333.
"""

from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from trace_baton.context import TraceContext, attach, detach
from trace_baton.guard import Guard
from trace_baton.propagation import FIELDS, REQUEST_ID, continued

Environ = Dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

ENVIRON_KEY = "trace_baton.context"
"""Where the environment of a request holds its context."""

_VARIABLES = tuple((field, "HTTP_" + field.upper().replace("-", "_")) for field in FIELDS)
_guard = Guard("WSGI")


class WSGIMiddleware:
    """Runs an application in the context of each request, and while its response is iterated.

    The response gets an `x-request-id`, unless the application sets one.
    """

    def __init__(self, app: WSGIApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return serve(self._app, environ, start_response)


def calling(call: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap the `__call__(self, environ, start_response)` of a framework's application class.

    For `trace_baton.patching.replace`; the method may have another name, such as flask's `wsgi_app`.
    """

    def call_in_context(
        app: Any, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        return serve(partial(call, app), environ, start_response)

    return call_in_context


def serve(app: WSGIApp, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Call `app` in the request's context. A request that already has one is passed through."""
    if ENVIRON_KEY in environ:
        return app(environ, start_response)
    try:
        context = continued({f: environ[v] for f, v in _VARIABLES if v in environ})
        start_response = partial(_start_with_request_id, start_response, context.request_id)
        environ[ENVIRON_KEY] = context
        token = attach(context)
    except Exception as error:
        _guard.report(error)
        return app(environ, start_response)
    try:
        body = app(environ, start_response)
    finally:
        detach(token)
    finished = True
    with _guard:
        finished = _is_finished(body, environ)
    return body if finished else _Body(body, context)


def _is_finished(body: Iterable[bytes], environ: Environ) -> bool:
    # No code of the application runs while a server sends these, and it may know a faster way.
    if isinstance(body, (list, tuple)):
        return True
    file_wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(file_wrapper, type) and isinstance(body, file_wrapper)


def _start_with_request_id(
    start_response: StartResponse,
    request_id: str,
    status: str,
    headers: List[Tuple[str, str]],
    *exc_info: Any,
    **named: Any,
) -> Any:
    try:
        headers = _named(headers, request_id)
    except Exception as error:
        _guard.report(error)
    return start_response(status, headers, *exc_info, **named)


def _named(headers: List[Tuple[str, str]], request_id: str) -> List[Tuple[str, str]]:
    for name, _ in headers:
        if name.lower() == REQUEST_ID:
            return headers
    return [*headers, (REQUEST_ID, request_id)]


class _Body:
    """A response's body, each of whose parts is made in the request's context."""

    def __init__(self, body: Iterable[bytes], context: TraceContext) -> None:
        self._body = body
        self._context = context
        self._parts: Optional[Iterator[bytes]] = None

    def __iter__(self) -> "Iterator[bytes]":
        return self

    def __next__(self) -> bytes:
        with _guard.attached(self._context):
            if self._parts is None:
                self._parts = iter(self._body)
            return next(self._parts)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is None:
            return
        with _guard.attached(self._context):
            close()
