"""aiohttp: client and server, each on a real connection."""

import asyncio
from contextlib import asynccontextmanager
from typing import AsyncIterator, Awaitable, Callable, Dict, List, Optional

import aiohttp
from aiohttp import web

import trace_baton
from baton_testing.clients import OURS, AsyncClientContract, async_body_parts, trace_of
from baton_testing.contexts import describe, span_here
from baton_testing.loop_servers import LoopServerContract
from baton_testing.loopback import HOST
from baton_testing.servers import MiddlewareContract, stream_part
from trace_baton.integrations import aiohttp as integration


class TestClientSession(AsyncClientContract):
    module = integration
    connection_errors = (aiohttp.ClientConnectorError,)

    async def aget(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        async with aiohttp.ClientSession() as session:
            async with session.get(url, headers=headers) as response:
                seen: Dict[str, str] = await response.json(content_type=None)
                return seen

    async def astream(self, url: str) -> AsyncIterator[bytes]:
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=async_body_parts()) as response:
                async for part in response.content.iter_any():
                    yield part

    def test_a_session_can_serve_many_traces_at_once(self) -> None:
        async def call(session: aiohttp.ClientSession) -> bool:
            with trace_baton.start() as context:
                async with session.get(self.url) as response:
                    return trace_of(await response.json(content_type=None)) == context.trace_id

        async def main() -> List[bool]:
            async with aiohttp.ClientSession() as session:
                return await asyncio.gather(*(call(session) for _ in range(50)))

        assert asyncio.run(main()) == [True] * 50

    def test_the_trace_configs_of_the_caller_stay(self) -> None:
        called: List[str] = []

        async def note(session: object, context: object, params: object) -> None:
            called.append("own")

        own = aiohttp.TraceConfig()
        own.on_request_start.append(note)

        async def main() -> None:
            async with aiohttp.ClientSession(trace_configs=[own]) as session:
                async with session.get(self.url):
                    pass

        asyncio.run(main())
        assert called == ["own"]
        assert trace_of(self.server.received[0])

    def test_uninstall_reaches_sessions_in_use(self) -> None:
        async def main() -> None:
            async with aiohttp.ClientSession() as session:
                for _ in range(2):
                    async with session.get(self.url):
                        trace_baton.uninstall("aiohttp")

        asyncio.run(main())
        first, second = self.server.received
        assert "traceparent" in first and not set(OURS) & set(second)


@web.middleware
async def note_span(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A middleware of the application's own."""
    span = span_here()
    response = await handler(request)
    response.headers["x-span"] = span
    return response


async def context(request: web.Request) -> web.Response:
    before = trace_baton.current()
    await asyncio.sleep(0)
    assert trace_baton.current() is before
    return web.json_response(describe())


async def error(request: web.Request) -> web.Response:
    raise LookupError("the application's own")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(3):
        await response.write(stream_part().encode())
    return response


async def own_request_id(request: web.Request) -> web.Response:
    return web.Response(headers={"X-Request-ID": "own"})


async def call(request: web.Request) -> web.Response:
    async with aiohttp.ClientSession() as session:
        async with session.get(request.query["url"]) as response:
            return web.json_response(await response.json(content_type=None))


async def socket(request: web.Request) -> web.WebSocketResponse:
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    await websocket.send_json(describe())
    await websocket.close()
    return websocket


def make_app() -> web.Application:
    routes = [
        web.get("/context", context),
        web.get("/error", error),
        web.get("/stream", stream),
        web.get("/own", own_request_id),
        web.get("/call", call),
        web.get("/socket", socket),
    ]
    app, mounted = web.Application(middlewares=[note_span]), web.Application()
    mounted.add_routes(routes)
    app.add_routes(routes)
    app.add_subapp("/mounted", mounted)
    return app


class TestApplication(LoopServerContract, MiddlewareContract):
    module = integration
    paths = ("/context", "/mounted/context")

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        runner = web.AppRunner(make_app())
        await runner.setup()
        await web.TCPSite(runner, HOST, 0, backlog=256).start()
        yield "http://{}:{}".format(*runner.addresses[0])
        await runner.cleanup()

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        async def main() -> Dict[str, object]:
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(f"{self.url}/socket") as websocket:
                    described: Dict[str, object] = await websocket.receive_json()
                    return described

        with trace_baton.start() as outer:
            assert asyncio.run(main())["trace_id"] == outer.trace_id
