"""tornado: server and clients, each on a real connection."""

import asyncio
import json
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Any, AsyncIterator, Dict, Generator, Iterator, List, Optional
from urllib.parse import urlsplit

from tornado import gen, web
from tornado.httpclient import AsyncHTTPClient, HTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.websocket import WebSocketHandler, websocket_connect

import trace_baton
from baton_testing.clients import AsyncClientContract, ClientContract
from baton_testing.contexts import HEADERS, TRACE, describe
from baton_testing.loop_servers import LoopServerContract
from baton_testing.loopback import HOST, TIMEOUT
from baton_testing.servers import stream_part
from trace_baton.integrations import tornado as integration


class TestAsyncHTTPClient(AsyncClientContract):
    module = integration
    connection_errors = (OSError,)

    async def aget(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        response = await AsyncHTTPClient().fetch(url, raise_error=False, headers=headers)
        seen: Dict[str, str] = json.loads(response.body)
        return seen

    def request(self, url: str, headers: Dict[str, str]) -> HTTPRequest:
        return HTTPRequest(url, headers=headers)

    async def asend(self, request: HTTPRequest) -> Dict[str, str]:
        seen: Dict[str, str] = json.loads((await AsyncHTTPClient().fetch(request)).body)
        return seen

    async def astream(self, url: str) -> AsyncIterator[bytes]:
        received: List[bytes] = []
        await AsyncHTTPClient().fetch(url, streaming_callback=received.append)
        for part in received:
            yield part


class TestHTTPClient(ClientContract):
    module = integration
    connection_errors = (OSError,)

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        client = HTTPClient()
        try:
            response = client.fetch(url, raise_error=False, headers=headers)
            seen: Dict[str, str] = json.loads(response.body)
            return seen
        finally:
            client.close()

    def request(self, url: str, headers: Dict[str, str]) -> HTTPRequest:
        return HTTPRequest(url, headers=headers)

    def send(self, request: HTTPRequest) -> Dict[str, str]:
        client = HTTPClient()
        try:
            seen: Dict[str, str] = json.loads(client.fetch(request).body)
            return seen
        finally:
            client.close()

    def stream(self, url: str) -> Iterator[bytes]:
        received: List[bytes] = []
        client = HTTPClient()
        try:
            client.fetch(url, streaming_callback=received.append)
        finally:
            client.close()
        return iter(received)


class Context(web.RequestHandler):
    async def get(self) -> None:
        before = trace_baton.current()
        await asyncio.sleep(0)
        assert trace_baton.current() is before
        self.write(describe())

    def on_finish(self) -> None:
        self.application.settings["finished"].append(describe().get("trace_id"))


class Coroutine(web.RequestHandler):
    @gen.coroutine
    def get(self) -> Generator[Any, Any, None]:
        before = trace_baton.current()
        yield gen.moment
        assert trace_baton.current() is before
        self.write(describe())


class Sync(web.RequestHandler):
    def get(self) -> None:
        self.write(describe())


class Error(web.RequestHandler):
    async def get(self) -> None:
        raise LookupError("the application's own")


class Stream(web.RequestHandler):
    async def get(self) -> None:
        for _ in range(3):
            self.write(stream_part())
            await self.flush()


class OwnRequestId(web.RequestHandler):
    async def get(self) -> None:
        self.set_header("X-Request-ID", "own")


class Call(web.RequestHandler):
    async def get(self) -> None:
        response = await AsyncHTTPClient().fetch(self.get_argument("url"))
        self.write(response.body)


@web.stream_request_body
class Upload(web.RequestHandler):
    def initialize(self) -> None:
        self.parts = [stream_part()]

    def data_received(self, chunk: bytes) -> None:
        self.parts.append(stream_part())

    async def post(self) -> None:
        self.write("".join([*self.parts, stream_part()]))


class Socket(WebSocketHandler):
    async def on_message(self, message: Any) -> None:
        await self.write_message(describe())


def make_app() -> web.Application:
    handlers: List[Any] = [
        ("/context", Context),
        ("/coroutine", Coroutine),
        ("/sync", Sync),
        ("/error", Error),
        ("/stream", Stream),
        ("/own", OwnRequestId),
        ("/call", Call),
        ("/upload", Upload),
        ("/socket", Socket),
    ]
    mounted = web.Application([(f"/mounted{path}", handler) for path, handler in handlers])
    fallback = ("/mounted/.*", web.FallbackHandler, {"fallback": mounted})
    mounted.settings["finished"] = []
    return web.Application([*handlers, fallback], finished=[])


class TestApplication(LoopServerContract):
    module = integration
    paths = ("/context", "/coroutine", "/sync", "/mounted/context")

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        self.app = make_app()
        server = HTTPServer(self.app)
        sockets = bind_sockets(0, HOST, backlog=256)
        server.add_sockets(sockets)
        yield "http://{}:{}".format(*sockets[0].getsockname())
        server.stop()
        await server.close_all_connections()

    def test_an_error_names_the_request(self) -> None:
        for path in ("/error", "/no-such-path"):
            assert self.get(path).headers["x-request-id"] == "order-7"

    def test_a_streamed_request_is_read_in_the_context(self) -> None:
        parts = urlsplit(self.url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        connection.request("POST", "/upload", b"one", dict(HEADERS))
        assert connection.getresponse().read().decode().split() == [TRACE] * 3
        connection.close()

    def test_the_end_of_a_request_is_in_the_context(self) -> None:
        with self.serve() as self.url:
            self.get("/context")
        assert self.app.settings["finished"] == [TRACE]

    def test_a_websocket_has_the_context_of_its_handshake(self) -> None:
        async def main() -> Dict[str, object]:
            url = self.url.replace("http:", "ws:") + "/socket"
            websocket = await websocket_connect(HTTPRequest(url, headers=dict(HEADERS)))
            await websocket.write_message("where are we?")
            described: Dict[str, object] = json.loads(await websocket.read_message() or "{}")
            websocket.close()
            return described

        assert asyncio.run(main())["trace_id"] == TRACE
