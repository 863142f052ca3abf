"""WSGI: one middleware for flask, falcon, bottle, pyramid, django and bare applications.

Source: PEP 3333.
"""

from contextvars import Context, copy_context
from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple, TypeVar

from trace_baton import settings
from trace_baton.context import TraceContext, attach
from trace_baton.guard import Guard
from trace_baton.lines import left
from trace_baton.propagation import continued

Environ = Dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

ENVIRON_KEY = "trace_baton.context"
"""Where the environment of a request holds its context."""

_Result = TypeVar("_Result")
_guard = Guard("WSGI")


class WSGIMiddleware:
    """Runs an application in the context of each request, and while its response is iterated.

    The response names the request id, unless the application sets one.
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
        names = settings.active.received_by_wsgi
        context = continued({field: environ[name] for field, name in names if name in environ})
        named = partial(_start_with_request_id, start_response, context.request_id)
        environ[ENVIRON_KEY] = context
        # Of the request's own, because its body may be made in many pieces, in many threads, or be
        # dropped: variables that are set around a `yield` live as long as it, and no longer.
        variables = copy_context()
        variables.run(attach, context)
    except Exception as error:
        _guard.report(error)
        return app(environ, start_response)
    try:
        body = variables.run(app, environ, named)
    except BaseException as error:
        left(error, context)
        raise
    finished = True
    with _guard:
        finished = _is_finished(body, environ)
    return body if finished else _Body(body, variables, context)


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
    field = settings.active.request_id_header
    for name, _ in headers:
        if name.lower() == field:
            return headers
    return [*headers, (field, request_id)]


class _Body:
    """A response's body, each of whose parts is made in the request's context."""

    def __init__(self, body: Iterable[bytes], variables: Context, context: TraceContext) -> None:
        self._body = body
        self._variables = variables
        self._context = context
        self._parts: Optional[Iterator[bytes]] = None

    def __iter__(self) -> "Iterator[bytes]":
        return self

    def __next__(self) -> bytes:
        return self._run(self._next)

    def _next(self) -> bytes:
        if self._parts is None:
            self._parts = iter(self._body)
        return next(self._parts)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            self._run(close)

    def _run(self, step: Callable[[], _Result]) -> _Result:
        try:
            return self._variables.run(step)
        except StopIteration:
            raise
        except BaseException as error:
            left(error, self._context)
            raise
