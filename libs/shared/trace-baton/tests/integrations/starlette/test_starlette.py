"""starlette: a real application on a real server."""

import asyncio
import json
from contextlib import AbstractContextManager
from typing import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

import trace_baton
from baton_testing.asgi_websocket import websocket_text
from baton_testing.contexts import TRACE, describe
from baton_testing.servers import TENANTS, ServerContract, stream_part, tenant_parts
from baton_testing.uvicorn_server import asgi_server
from trace_baton.integrations import starlette as integration


async def context(request: Request) -> Response:
    before = trace_baton.current()
    await asyncio.sleep(0)
    assert trace_baton.current() is before
    return JSONResponse(describe())


def context_in_a_thread(request: Request) -> Response:
    return JSONResponse(describe())


async def error(request: Request) -> Response:
    raise LookupError("the application's own")


async def stream(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        for _ in range(3):
            yield stream_part()

    return StreamingResponse(parts())


async def tenants(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        for part in tenant_parts():
            await asyncio.sleep(0)
            yield part

    return StreamingResponse(parts())


async def tenants_in_threads(request: Request) -> Response:
    """A plain generator, of which starlette takes each part in a thread."""
    return StreamingResponse(trace_baton.bind()(tenant_parts)())


async def own_request_id(request: Request) -> Response:
    return JSONResponse({}, headers={"X-Request-ID": "own"})


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(describe())
    await websocket.close()


ROUTES = [
    Route("/context", context),
    Route("/thread", context_in_a_thread),
    Route("/error", error),
    Route("/stream", stream),
    Route("/own", own_request_id),
    Route("/tenants", tenants),
    Route("/tenants-in-threads", tenants_in_threads),
    WebSocketRoute("/socket", socket),
]


class TestStarlette(ServerContract):
    module = integration
    paths = ("/context", "/thread", "/mounted/context", "/mounted/thread")

    def serve(self) -> "AbstractContextManager[str]":
        mounted = Mount("/mounted", app=Starlette(routes=ROUTES))
        return asgi_server(Starlette(routes=[*ROUTES, mounted]))

    def test_what_a_stream_binds_between_its_parts(self) -> None:
        for path in ("/tenants", "/tenants-in-threads"):
            assert self.get(path).body.decode().split() == TENANTS

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        assert (
            json.loads(websocket_text(lambda: Starlette(routes=ROUTES), "/socket"))["trace_id"]
            == TRACE
        )
