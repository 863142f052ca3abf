"""bottle: a real application on a real server."""

from contextlib import AbstractContextManager
from typing import Any, Callable, Dict, Iterator

from bottle import Bottle, response  # type: ignore[import-untyped]

import trace_baton
from baton_testing.contexts import describe
from baton_testing.loopback import wsgi_server
from baton_testing.servers import ServerContract, stream_part
from trace_baton.integrations import bottle as integration


def note_span(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A plugin of the application's own."""

    def call(*args: Any, **kwargs: Any) -> Any:
        context = trace_baton.current()
        response.set_header("x-span", context.span_id if context else "none")
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


class TestBottle(ServerContract):
    module = integration
    paths = ("/context", "/mounted/context")

    def serve(self) -> "AbstractContextManager[str]":
        app = make_app()
        app.mount("/mounted/", make_app())
        return wsgi_server(app)

    def test_an_application_decides_on_its_own_request_id(self) -> None:
        assert self.get("/own").headers["x-request-id"] == "own"

    def test_an_application_within_another_shares_its_span(self) -> None:
        for path in self.paths:
            answer = self.get(path)
            assert answer.headers["x-span"] == answer.json()["span_id"]
