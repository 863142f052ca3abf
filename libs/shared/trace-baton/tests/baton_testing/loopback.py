"""Real servers and a plain client, on the loopback interface and from the standard library alone."""

import json
import socket
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple
from urllib.parse import unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

HOST = "127.0.0.1"
# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(server: TCPServer) -> Iterator[str]:
    """Serve in a thread within a `with` block; yield the server's URL, without a slash at the end."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield "http://{}:{}".format(*server.socket.getsockname())
    finally:
        server.shutdown()
        server.server_close()
        thread.join(TIMEOUT)


class EchoServer(ThreadingHTTPServer):
    """Answers with the headers it got, as JSON with names in lower case.

    `/redirect` redirects to `/`, or to what follows `?to=`, `/error` answers 500, `/stream` sends the answer in chunks.
    """

    request_queue_size = 256
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _EchoHandler)
        self.received: List[Dict[str, str]] = []
        """The headers of every request, in the order of their arrival."""


class _EchoHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(headers)
        if self.path.startswith("/redirect"):
            # Some clients escape a query more than they have to.
            place = unquote(self.path.partition("?to=")[2])
            self._answer(302, b"", ("Location", place or "/"))
            return
        body = json.dumps(headers).encode()
        if self.path == "/stream":
            self._stream(body)
            return
        self._answer(500 if self.path == "/error" else 200, body)

    def do_POST(self) -> None:
        self._read_body()
        self.do_GET()

    def _read_body(self) -> None:
        if self.headers.get("Transfer-Encoding") != "chunked":
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while True:
            size = int(self.rfile.readline(), 16)
            self.rfile.read(size + 2)
            if size == 0:
                return

    def _answer(self, status: int, body: bytes, *headers: Tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(body), 16):
            part = body[start : start + 16]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    request_queue_size = 256
    daemon_threads = True


class _QuietWSGIRequestHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def wsgi_server(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """Serve a WSGI application, a thread a request, within a `with` block; yield the URL."""
    server = _ThreadingWSGIServer((HOST, 0), _QuietWSGIRequestHandler)
    server.set_app(app)
    with running(server) as url:
        yield url


class Response(NamedTuple):
    """What `fetch` got; names of headers are in lower case."""

    status: int
    headers: Dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def fetch(url: str, headers: Iterable[Tuple[str, str]] = ()) -> Response:
    """GET a URL without following redirects. Header fields may repeat."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
    try:
        connection.putrequest("GET", parts._replace(scheme="", netloc="").geturl() or "/")
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        return Response(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
    finally:
        connection.close()
