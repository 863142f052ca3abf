"""What real servers log of a request, before and after the application has had it: which id it has.

Every line is looked at that a server writes: of a request it has the request's id; of a connection it
has none, whatever request the connection had before.
"""

import asyncio
import logging
import socket
import threading
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple
from urllib.parse import urlsplit

import hypercorn.asyncio
import hypercorn.config
import pytest
import uvicorn
import waitress.server  # type: ignore[import-untyped]
from aiohttp import web

import trace_baton
from baton_testing.loopback import HOST, TIMEOUT, fetch, free_port
from baton_testing.programs import console_script
from trace_baton.asgi import ASGIMiddleware
from trace_baton.wsgi import WSGIMiddleware

LARGE = b"x" * 500_000
"""More than a server takes in before somebody reads it."""

Serve = Callable[[], "AbstractContextManager[str]"]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """`/ok` and `/read` answer, `/error` raises, `/late` does so within its answer, `/silent` gives none."""
    if scope["path"] in ("/error", "/read"):
        message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
    if scope["path"] == "/error":
        raise LookupError("the application's own")
    if scope["path"] == "/silent":
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/late":
        raise LookupError("the application's own")
    await send({"type": "http.response.body", "body": b"ok", "more_body": True})
    await send({"type": "http.response.body", "body": b"ok"})


def wsgi_app(environ: Any, start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/error":
        raise LookupError("the application's own")
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "4")])
    return late() if environ["PATH_INFO"] == "/late" else [b"okok"]


def late() -> Iterator[bytes]:
    yield b"ok"
    raise LookupError("the application's own")


@contextmanager
def in_a_loop(main: "Callable[[Callable[[str], None], asyncio.Event], Any]") -> Iterator[str]:
    """Run a server that says its URL and ends with an event, in a thread with a loop of its own."""
    urls: List[str] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def say(url: str) -> None:
        urls.append(url)
        started.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(say, stop),), daemon=True)
    thread.start()
    assert started.wait(TIMEOUT)
    yield urls[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(TIMEOUT)


@contextmanager
def uvicorn_server() -> Iterator[str]:
    app = ASGIMiddleware(asgi_app)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="info", lifespan="off", http="h11")
    )
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(8)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join(TIMEOUT)


def hypercorn_server() -> "AbstractContextManager[str]":
    async def main(say: Callable[[str], None], stop: asyncio.Event) -> None:
        config = hypercorn.config.Config()
        config.accesslog = logging.getLogger("hypercorn.access")
        config.errorlog = logging.getLogger("hypercorn.error")
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen(8)
            config.bind = [f"fd://{listener.fileno()}"]
            say("http://{}:{}".format(*listener.getsockname()))
            await hypercorn.asyncio.serve(
                ASGIMiddleware(asgi_app), config, shutdown_trigger=stop.wait  # type: ignore[arg-type]
            )

    return in_a_loop(main)


def aiohttp_server() -> "AbstractContextManager[str]":
    async def ok(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="okok")

    async def error(request: web.Request) -> web.Response:
        await request.read()
        raise LookupError("the application's own")

    async def late(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        raise LookupError("the application's own")

    async def main(say: Callable[[str], None], stop: asyncio.Event) -> None:
        app = web.Application(client_max_size=2 * len(LARGE))
        for path, handler in (("/ok", ok), ("/read", ok), ("/error", error), ("/late", late)):
            app.router.add_route("*", path, handler)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        say("http://{}:{}".format(*runner.addresses[0]))
        await stop.wait()
        await runner.cleanup()

    return in_a_loop(main)


@contextmanager
def waitress_server() -> Iterator[str]:
    # One thread for all, so that the next request finds what the one before has left.
    server: Any = waitress.server.create_server(
        WSGIMiddleware(wsgi_app), host=HOST, port=0, threads=1
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://{HOST}:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(TIMEOUT)


WITH_ACCESS_LINES: Dict[str, Serve] = {
    "aiohttp": aiohttp_server,
    "hypercorn": hypercorn_server,
    "uvicorn": uvicorn_server,
}
SERVERS: Dict[str, Serve] = {**WITH_ACCESS_LINES, "waitress": waitress_server}


class Lines(logging.Handler):
    """Keeps the id, the logger and the text of every record, an exception's included."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._changed = threading.Condition()
        self._lines: List[Tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = (vars(record)["request_id"], record.name, self.format(record))
        with self._changed:
            self._lines.append(line)
            self._changed.notify_all()

    def ids(self, text: str) -> List[str]:
        """Wait for a line with this text; return the ids of all that have it."""

        def found() -> List[str]:
            return [id for id, _, line in self._lines if text in line]

        with self._changed:
            assert self._changed.wait_for(found, TIMEOUT), (text, self._lines)
            return found()


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    trace_baton.install("logging", "aiohttp")
    yield handler
    trace_baton.uninstall()
    root.removeHandler(handler)
    root.setLevel(level)


def get(url: str, request_id: str) -> int:
    return fetch(url, [("x-request-id", request_id)]).status


@pytest.mark.parametrize("server", SERVERS)
def test_the_exception_that_left_the_application_has_the_requests_id(
    server: str, lines: Lines
) -> None:
    with SERVERS[server]() as url:
        for request_id in ("r-1", "r-2"):
            assert get(f"{url}/error", request_id) == 500
        with pytest.raises((HTTPException, OSError)):
            get(f"{url}/late", "r-3")
    assert lines.ids("the application's own") == ["r-1", "r-2", "r-3"]


@pytest.mark.parametrize("server", WITH_ACCESS_LINES)
def test_every_access_line_has_the_requests_id(server: str, lines: Lines) -> None:
    with WITH_ACCESS_LINES[server]() as url:
        assert get(f"{url}/ok", "r-1") == 200
        assert get(f"{url}/error", "r-2") == 500
        assert get(f"{url}/read", "r-3") == 200
        found = {path: lines.ids(f"{path} ") for path in ("/ok", "/error", "/read")}
    assert {path: set(ids) for path, ids in found.items()} == {
        "/ok": {"r-1"},
        "/error": {"r-2"},
        "/read": {"r-3"},
    }


def test_a_complaint_about_the_application_has_the_requests_id(lines: Lines) -> None:
    with uvicorn_server() as url:
        assert get(f"{url}/silent", "r-1") == 500
        assert lines.ids("without starting response") == ["r-1"]


def talk(url: str, *sent: bytes) -> bytes:
    """Send all at once on one connection; return what comes until the server closes it."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), TIMEOUT) as connection:
        connection.sendall(b"".join(sent))
        received = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return received
            received += more


def request(
    method: str, path: str, request_id: str, body: bytes = b"", last: bool = False
) -> bytes:
    fields = [f"host: {HOST}", f"content-length: {len(body)}"]
    fields += [f"x-request-id: {request_id}"] if request_id else []
    fields += ["connection: close"] if last else []
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode() + body


@pytest.mark.parametrize("server", SERVERS)
def test_a_connection_that_is_used_again_hands_nothing_on(server: str, lines: Lines) -> None:
    """After a large body, for which reading has been stopped and taken up again, and in a pipeline."""
    with SERVERS[server]() as url:
        parts = urlsplit(url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        for number in range(2):
            connection.request("POST", "/read", LARGE, {"x-request-id": f"large-{number}"})
            assert connection.getresponse().read() == b"okok"
        connection.request("GET", "/error", headers={"x-request-id": "after"})
        assert connection.getresponse().status == 500
        connection.close()
        assert lines.ids("the application's own") == ["after"]
        talk(
            url,
            request("POST", "/read", "piped-1", LARGE),
            request("GET", "/ok", "piped-2"),
            request("GET", "/error", "piped-3", last=True),
        )
        assert lines.ids("the application's own") == ["after", "piped-3"]


@pytest.mark.parametrize("server", ["uvicorn", "aiohttp"])
def test_a_complaint_about_a_connection_has_the_id_of_no_request(server: str, lines: Lines) -> None:
    """What cannot be read is of no request, least of all of the one before."""
    said = {"aiohttp": "Error handling request"}.get(server, "Invalid HTTP request received")
    with SERVERS[server]() as url:
        for number in range(2):
            parts = urlsplit(url)
            connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
            connection.request("POST", "/read", LARGE, {"x-request-id": f"large-{number}"})
            assert connection.getresponse().read() == b"okok"
            connection.sock.sendall(b"nonsense\r\n\r\n")
            connection.sock.recv(65536)
            connection.close()
        assert set(lines.ids(said)) == {"-"}


def test_a_client_in_the_same_task_gets_nothing_of_the_request(lines: Lines) -> None:
    """As in tests that call an application without a server; only lines may still name it."""

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        # The server may set up here how it goes on to read.
        last = message["type"] == "http.response.body" and not message.get("more_body")
        assert (trace_baton.current() is None) == last

    async def main() -> None:
        scope = {"type": "http", "path": "/ok", "headers": []}
        with trace_baton.start() as mine:
            await ASGIMiddleware(asgi_app)({**scope}, receive, send)
            assert trace_baton.current() is mine
        await ASGIMiddleware(asgi_app)({**scope}, receive, send)
        assert trace_baton.current() is None
        await asyncio.create_task(elsewhere())

    async def elsewhere() -> None:
        logging.getLogger("elsewhere").warning("in another task")

    asyncio.run(main())
    assert lines.ids("in another task") == ["-"]


GUNICORN = """
logconfig_dict = {
    "version": 1,
    "filters": {"context": {"()": "trace_baton.integrations.logging.ContextFilter"}},
    "formatters": {"ids": {"format": "[%(request_id)s] %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["context"], "formatter": "ids"}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "propagate": False}},
}
"""

SERVED = """
from trace_baton.wsgi import WSGIMiddleware


@WSGIMiddleware
def application(environ, start_response):
    raise LookupError("the application's own")
"""


def test_a_filter_names_the_request_without_install(tmp_path: Path) -> None:
    """As gunicorn's own configuration of logging has it; its worker logs the exception."""
    (tmp_path / "served.py").write_text(SERVED)
    (tmp_path / "gunicorn.conf.py").write_text(GUNICORN)
    for _ in range(5):
        address = f"{HOST}:{free_port()}"
        with console_script(f"gunicorn --bind {address} served", tmp_path) as program:
            # It ends at once where somebody else has taken the port meanwhile.
            if program.says("Booting worker"):
                for request_id in ("r-1", "r-2"):
                    assert get(f"http://{address}/error", request_id) == 500
                    assert program.says(f"[{request_id}] Error handling request")
                assert program.says("[-] Booting worker")
                return
    pytest.fail(program.output)
