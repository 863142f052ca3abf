"""bottle: a real application on a real server."""

from contextlib import AbstractContextManager
from typing import Any, Callable, Dict, Iterator

from bottle import Bottle, response  # type: ignore[import-untyped]

from baton_testing.contexts import describe, span_here
from baton_testing.loopback import wsgi_server
from baton_testing.servers import MiddlewareContract, stream_part
from trace_baton.integrations import bottle as integration


def note_span(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A plugin of the application's own."""

    def call(*args: Any, **kwargs: Any) -> Any:
        response.set_header("x-span", span_here())
        return callback(*args, **kwargs)

    return call


def error() -> None:
    raise LookupError("the application's own")


def stream() -> Iterator[str]:
    for _ in range(3):
        yield stream_part()


def own_request_id() -> Dict[str, Any]:
    response.set_header("X-Request-ID", "own")
    return {}


def make_app() -> Any:
    app = Bottle()
    app.install(note_span)
    app.route("/context", callback=describe)
    app.route("/error", callback=error)
    app.route("/stream", callback=stream)
    app.route("/own", callback=own_request_id)
    return app


class TestBottle(MiddlewareContract):
    module = integration
    paths = ("/context", "/mounted/context")

    def serve(self) -> "AbstractContextManager[str]":
        app = make_app()
        app.mount("/mounted/", make_app())
        return wsgi_server(app)
