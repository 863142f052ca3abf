"""A package index on loopback that answers what a test tells it to."""

from __future__ import annotations

import hashlib
import html
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Reply:
    """An answer; `length` is what Content-Length claims, `stall` is called before the last byte.

    An answer that is not `delimited` ends where the connection does, with no Content-Length at all.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    stall: Callable[[], object] | None = None
    delimited: bool = True


@dataclass
class FakeIndex:
    """Pages by path; a list of replies is given out one after the other, the last one for ever."""

    url: str = ""
    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    #: Path and headers of each request.
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    #: Whether files can be read in parts, and pages be asked for conditionally.
    ranges: bool = True
    etags: bool = False

    @property
    def simple(self) -> str:
        return f"{self.url}/simple/"

    def asked(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.requests)

    def page(self, package: str, files: Mapping[str, Mapping[str, str]]) -> None:
        """A project page in HTML (PEP 503): file name -> attributes without `data-`."""
        links = "".join(
            f'<a href="../../files/{html.escape(name)}#sha256=00"'
            + "".join(f' data-{key}="{html.escape(value)}"' for key, value in attributes.items())
            + f">{html.escape(name)}</a><br/>\n"
            for name, attributes in files.items()
        )
        body = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
        self.replies[f"/simple/{package}/"] = Reply(body, headers={"Content-Type": "text/html"})

    def json_page(self, package: str, files: object, **more: object) -> None:
        """A project page in JSON (PEP 691)."""
        data = {"meta": {"api-version": "1.1"}, "name": package, "files": files, **more}
        self.replies[f"/simple/{package}/"] = Reply(
            json.dumps(data).encode(), headers={"Content-Type": JSON}
        )


@contextmanager
def serve() -> Iterator[FakeIndex]:
    index = FakeIndex()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            index.requests.append((self.path, dict(self.headers)))
            found = index.replies.get(self.path)
            if isinstance(found, list):
                found = found.pop(0) if len(found) > 1 else found[0]
            self._reply(found or Reply(b"nothing here", 404))

        def _reply(self, reply: Reply) -> None:
            body, status, headers = reply.body, reply.status, dict(reply.headers)
            if index.etags and status == 200:
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                headers["ETag"] = tag
                if self.headers.get("If-None-Match") == tag:
                    body, status = b"", 304
            wanted = self.headers.get("Range", "")
            if index.ranges and status == 200 and wanted.startswith("bytes=-"):
                start = max(len(body) - int(wanted[7:]), 0)
                headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                body, status = body[start:], 206
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            length = len(body) if reply.length is None else reply.length
            if reply.delimited:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                self.wfile.write(body[:-1])
                self.wfile.flush()
                if reply.stall is not None:
                    reply.stall()
                self.wfile.write(body[-1:])
            except OSError:
                pass
            if length != len(body) or not reply.delimited:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Keeps test output to what the tests print."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hung up is part of some tests."""

    server = Server(("127.0.0.1", 0), Handler)
    index.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def metadata(*pythons: str) -> bytes:
    """METADATA or PKG-INFO whose classifiers name Pythons."""
    lines = ["Metadata-Version: 2.1", "Name: thing", "Version: 1.0"]
    lines += [f"Classifier: Programming Language :: Python :: {python}" for python in pythons]
    return "\n".join([*lines, "", "Classifier: Programming Language :: Python :: 3.0"]).encode()


def wheel(*pythons: str, before: int = 0, after: int = 0) -> bytes:
    """A wheel with so many bytes of modules before and after its METADATA."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("first.py", b"#" * before)
        archive.writestr("thing-1.0.dist-info/METADATA", metadata(*pythons))
        archive.writestr("last.py", b"#" * after)
    return buffer.getvalue()


def sdist(*pythons: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in {
            "thing-1.0/src/thing.egg-info/PKG-INFO": metadata("3.1"),
            "thing-1.0/PKG-INFO": metadata(*pythons),
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
