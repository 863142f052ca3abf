"""quart: a real application on a real server."""

import asyncio
import json
from contextlib import AbstractContextManager
from typing import AsyncIterator

from quart import Quart, Response, jsonify, websocket

import trace_baton
from baton_testing.asgi_websocket import websocket_text
from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.servers import MiddlewareContract, stream_part
from baton_testing.uvicorn_server import asgi_server
from trace_baton.integrations import quart as integration


def make_app() -> Quart:
    app = Quart(__name__)

    @app.after_request
    async def note_span(response: Response) -> Response:
        """A middleware of the application's own."""
        response.headers["x-span"] = span_here()
        return response

    @app.route("/context")
    async def context() -> Response:
        before = trace_baton.current()
        await asyncio.sleep(0)
        assert trace_baton.current() is before
        return jsonify(describe())

    @app.route("/thread")
    def context_in_a_thread() -> Response:
        return jsonify(describe())

    @app.route("/error")
    async def error() -> Response:
        raise LookupError("the application's own")

    @app.route("/stream")
    async def stream() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield stream_part().encode()

        return Response(parts())

    @app.route("/own")
    async def own_request_id() -> Response:
        return Response("", headers={"X-Request-ID": "own"})

    @app.websocket("/socket")
    async def socket() -> None:
        await websocket.send(json.dumps(describe()))

    return app


class TestQuart(MiddlewareContract):
    module = integration
    paths = ("/context", "/thread")

    def serve(self) -> "AbstractContextManager[str]":
        return asgi_server(make_app())

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        assert json.loads(websocket_text(make_app, "/socket"))["trace_id"] == TRACE
