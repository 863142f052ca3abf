"""Servers on loopback that answer what a test tells them to, and nothing else."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, Iterator, List, Tuple

Answer = Tuple[int, str, bytes]


@dataclass
class Server:
    """`answers` maps a path to status, content type and body, or to what makes them of the request."""

    url: str = ""
    answers: Dict[str, Any] = field(default_factory=dict)
    asked: List[str] = field(default_factory=list)

    def json(self, path: str, document: object) -> None:
        self.answers[path] = (200, "application/json", json.dumps(document).encode())


@contextmanager
def serve() -> Iterator[Server]:
    """Serves until the block ends."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, request: bytes) -> None:
            told.asked.append(self.path)
            found: Any = told.answers.get(self.path, (404, "text/plain", b"nothing here"))
            make: Callable[[bytes], Answer] = found if callable(found) else lambda _: found
            status, kind, body = make(request)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps test output to what the tests print."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
