"""flask: a real application on a real server."""

from contextlib import AbstractContextManager
from typing import Any, Iterable, Iterator, List
from wsgiref.util import shift_path_info

from flask import Flask, Response, jsonify, request, stream_with_context

from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.loopback import wsgi_server
from baton_testing.servers import TENANTS, MiddlewareContract, stream_part, tenant_parts
from trace_baton.integrations import flask as integration

HAS_ASYNC_VIEWS = hasattr(Flask, "ensure_sync")


def make_app() -> Flask:
    app = Flask(__name__)

    @app.after_request
    def note_span(response: Response) -> Response:
        """A middleware of the application's own."""
        response.headers["x-span"] = span_here()
        return response

    @app.route("/context")
    def context() -> Response:
        return jsonify(describe())

    @app.route("/error")
    def error() -> Response:
        raise LookupError("the application's own")

    @app.route("/stream")
    def stream() -> Response:
        def parts() -> Iterator[str]:
            for _ in range(3):
                yield stream_part()

        return Response(parts())

    @app.route("/tenants")
    def tenants() -> Response:
        return Response(tenant_parts())

    @app.route("/tenants-with-context")
    def tenants_with_context() -> Response:
        def parts() -> Iterator[str]:
            for part in tenant_parts():
                assert request.path == "/tenants-with-context"
                yield part

        return Response(stream_with_context(parts()))

    @app.route("/own")
    def own_request_id() -> Response:
        return Response(headers={"X-Request-ID": "own"})

    if HAS_ASYNC_VIEWS:

        @app.route("/coroutine")
        async def coroutine() -> Response:
            return jsonify(describe())

    return app


class TestFlask(MiddlewareContract):
    module = integration
    paths = (
        "/context",
        "/mounted/context",
        *(("/coroutine", "/mounted/coroutine") if HAS_ASYNC_VIEWS else ()),
    )

    def serve(self) -> "AbstractContextManager[str]":
        app, mounted = make_app(), make_app()
        inner = app.wsgi_app

        def dispatch(environ: Any, start_response: Any) -> Iterable[bytes]:
            """A WSGI middleware, put where flask's documentation says."""
            if not environ["PATH_INFO"].startswith("/mounted/"):
                return inner(environ, start_response)
            shift_path_info(environ)
            return mounted(environ, start_response)

        app.wsgi_app = dispatch  # type: ignore[method-assign]
        return wsgi_server(app)

    def test_what_a_stream_binds_between_its_parts(self) -> None:
        for path in ("/tenants", "/tenants-with-context"):
            assert self.get(path).body.decode().split() == TENANTS

    def test_errors_are_handled_in_the_context(self) -> None:
        traces: List[str] = []
        app = make_app()

        @app.errorhandler(LookupError)
        def handle(error: LookupError) -> Response:
            traces.append(describe()["trace_id"])
            return Response(status=503)

        with wsgi_server(app) as self.url:
            response = self.get("/error")
        assert (response.status, traces) == (503, [TRACE])
        assert response.headers["x-request-id"] == "order-7"
