"""falcon: real applications, WSGI and ASGI, on real servers."""

import asyncio
import json
from contextlib import AbstractContextManager
from typing import Any, AsyncIterator, Dict, Iterator

import falcon
import falcon.asgi

import trace_baton
from baton_testing.asgi_websocket import websocket_text
from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.loopback import wsgi_server
from baton_testing.servers import MiddlewareContract, stream_part
from baton_testing.uvicorn_server import asgi_server
from trace_baton.integrations import falcon as integration


class NoteSpan:
    """A middleware of the application's own."""

    def process_request(self, req: Any, resp: Any) -> None:
        resp.set_header("x-span", span_here())

    async def process_request_async(self, req: Any, resp: Any) -> None:
        self.process_request(req, resp)


class Context:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.media = describe()


class Error:
    def on_get(self, req: Any, resp: Any) -> None:
        raise LookupError("the application's own")


class Stream:
    def on_get(self, req: Any, resp: Any) -> None:
        def parts() -> Iterator[bytes]:
            for _ in range(3):
                yield stream_part().encode()

        resp.stream = parts()


class OwnRequestId:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.set_header("X-Request-ID", "own")


class AsyncContext:
    async def on_get(self, req: Any, resp: Any) -> None:
        before = trace_baton.current()
        await asyncio.sleep(0)
        assert trace_baton.current() is before
        resp.media = describe()

    async def on_websocket(self, req: Any, websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text(json.dumps(describe()))
        await websocket.close()


class AsyncError:
    async def on_get(self, req: Any, resp: Any) -> None:
        raise LookupError("the application's own")


class AsyncStream:
    async def on_get(self, req: Any, resp: Any) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield stream_part().encode()

        resp.stream = parts()


class AsyncOwnRequestId:
    async def on_get(self, req: Any, resp: Any) -> None:
        resp.set_header("X-Request-ID", "own")


def with_routes(app: Any, resources: Dict[str, object]) -> Any:
    for path, resource in resources.items():
        app.add_route(path, resource)
    return app


def make_asgi_app() -> Any:
    return with_routes(
        falcon.asgi.App(middleware=NoteSpan()),
        {
            "/context": AsyncContext(),
            "/error": AsyncError(),
            "/stream": AsyncStream(),
            "/own": AsyncOwnRequestId(),
        },
    )


class FalconContract(MiddlewareContract):
    module = integration


class TestWSGI(FalconContract):
    def serve(self) -> "AbstractContextManager[str]":
        resources = {
            "/context": Context(),
            "/error": Error(),
            "/stream": Stream(),
            "/own": OwnRequestId(),
        }
        return wsgi_server(with_routes(falcon.App(middleware=NoteSpan()), resources))


class TestASGI(FalconContract):
    def serve(self) -> "AbstractContextManager[str]":
        return asgi_server(make_asgi_app())

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        assert json.loads(websocket_text(make_asgi_app, "/context"))["trace_id"] == TRACE
