"""fastapi: a real application on a real server."""

import asyncio
import json
from contextlib import AbstractContextManager
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, List

from fastapi import BackgroundTasks, Depends, FastAPI, WebSocket
from fastapi.responses import Response, StreamingResponse

import trace_baton
from baton_testing.asgi_websocket import websocket_text
from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.servers import MiddlewareContract, stream_part
from baton_testing.uvicorn_server import asgi_server
from trace_baton.integrations import fastapi as integration
from trace_baton.integrations import starlette

Context = Dict[str, Any]


async def described() -> Context:
    return describe()


def described_in_a_thread() -> Context:
    return describe()


DESCRIBED = Depends(described)
DESCRIBED_IN_A_THREAD = Depends(described_in_a_thread)


def make_app() -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def note_span(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        """A middleware of the application's own."""
        span = span_here()
        response = await call_next(request)
        response.headers["x-span"] = span
        return response

    @app.get("/context")
    async def context() -> Context:
        before = trace_baton.current()
        await asyncio.sleep(0)
        assert trace_baton.current() is before
        return describe()

    @app.get("/thread")
    def context_in_a_thread() -> Context:
        return describe()

    @app.get("/dependency")
    async def dependency(context: Context = DESCRIBED) -> Context:
        return context

    @app.get("/dependency-in-a-thread")
    async def dependency_in_a_thread(context: Context = DESCRIBED_IN_A_THREAD) -> Context:
        return context

    @app.get("/error")
    async def error() -> None:
        raise LookupError("the application's own")

    @app.get("/stream")
    async def stream() -> Response:
        async def parts() -> AsyncIterator[str]:
            for _ in range(3):
                yield stream_part()

        return StreamingResponse(parts())

    @app.get("/own")
    async def own_request_id() -> Response:
        return Response(headers={"X-Request-ID": "own"})

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(describe())
        await websocket.close()

    return app


class TestFastAPI(MiddlewareContract):
    module = integration
    paths = (
        "/context",
        "/thread",
        "/dependency",
        "/dependency-in-a-thread",
        "/mounted/context",
        "/mounted/thread",
    )

    def serve(self) -> "AbstractContextManager[str]":
        app = make_app()
        app.mount("/mounted", make_app())
        return asgi_server(app)

    def test_a_background_task_works_in_the_context(self) -> None:
        traces: List[str] = []
        app = FastAPI()

        @app.get("/task")
        async def task(tasks: BackgroundTasks) -> None:
            tasks.add_task(lambda: traces.append(describe()["trace_id"]))

        with asgi_server(app) as self.url:
            assert self.get("/task").status == 200
        assert traces == [TRACE]

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        assert json.loads(websocket_text(make_app, "/socket"))["trace_id"] == TRACE

    def test_beside_the_integration_of_starlette(self) -> None:
        undo = starlette.install()
        response = self.get("/context")
        undo()
        assert response.headers["x-span"] == response.json()["span_id"]
