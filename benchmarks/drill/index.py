"""A package index on loopback whose answers can go wrong in every way."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from drill.commands import Sabotage

_JSON = "application/vnd.pypi.simple.v1+json"
UPLOADED = "2024-01-01T00:00:00Z"


@dataclass(frozen=True)
class Answer:
    """Status and body; of `promised` bytes, or of so many that it has no end."""

    status: int = 200
    body: bytes = b""
    kind: str = _JSON
    promised: int | None = None
    #: Says nothing more, or more and more, and hangs up only when the index ends.
    silent: bool = False
    endless: bool = False


@dataclass
class Index:
    """What is offered, by path; `wrong` goes before it."""

    url: str = ""
    offered: dict[str, Answer] = field(default_factory=dict)
    wrong: dict[str, Answer] = field(default_factory=dict)
    over: Event = field(default_factory=Event)

    @property
    def simple(self) -> str:
        return f"{self.url}/simple/"

    def release(self, project: str, *wheels: tuple[str, bytes]) -> None:
        """Makes these (file name, content) all that there is of a project."""
        files = []
        for name, content in wheels:
            self.offered[f"/files/{name}"] = Answer(body=content, kind="application/zip")
            files.append(
                {
                    "filename": name,
                    "url": f"../../files/{name}",
                    "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                    "upload-time": UPLOADED,
                    "size": len(content),
                    "requires-python": ">=3.8",
                }
            )
        versions = sorted({name.split("-")[1] for name, _ in wheels})
        page = {
            "meta": {"api-version": "1.1"},
            "name": project,
            "versions": versions,
            "files": files,
        }
        self.offered[f"/simple/{project}/"] = Answer(body=json.dumps(page).encode())

    def sabotages(self, project: str) -> Mapping[str, Sabotage]:
        """Each wrong answer to whoever asks for a project."""
        path = f"/simple/{project}/"

        def wrong(make: Callable[[Answer], Answer]) -> Sabotage:
            def begin() -> Callable[[], object]:
                self.wrong[path] = make(self.offered[path])
                return lambda: self.wrong.pop(path)

            return Sabotage(begin, (project,))

        return {f"index: {name}": wrong(make) for name, make in WRONG_PAGES.items()}


def _status(code: int) -> Callable[[Answer], Answer]:
    return lambda right: Answer(code, b"no", "text/plain")


def _other_hashes(right: Answer) -> Answer:
    page = json.loads(right.body)
    for file in page["files"]:
        file["hashes"] = {"sha256": "0" * 64}
    return Answer(body=json.dumps(page).encode())


def _hostile_names(right: Answer) -> Answer:
    page = json.loads(right.body)
    names = ("../../up-1.0-py3-none-any.whl", "\x1b[31m-1.0.tar.gz", "a" * 5000 + "-1.0.tar.gz", "")
    page["files"] = [{"filename": n, "url": n, "hashes": {}} for n in names] + page["files"]
    return Answer(body=json.dumps(page).encode())


def _huge(right: Answer) -> Answer:
    """The same page, and ten megabytes that nobody has asked for."""
    return Answer(body=right.body[:-1] + b', "more": "' + b"x" * 10**7 + b'"}')


#: What comes instead of the page of a project.
WRONG_PAGES: Mapping[str, Callable[[Answer], Answer]] = {
    "403": _status(403),
    "404": _status(404),
    "429": _status(429),
    "500": _status(500),
    "garbage": lambda right: Answer(body=b"\x00\xff{]"),
    "login page": lambda right: Answer(body=b"<!doctype html><p>Please log in.", kind="text/html"),
    "half": lambda right: Answer(body=right.body[: len(right.body) // 2], promised=len(right.body)),
    "silent": lambda right: Answer(body=right.body[:9], promised=len(right.body), silent=True),
    "endless": lambda right: Answer(body=right.body[:-1], endless=True),
    "hostile names": _hostile_names,
    "10 MB": _huge,
}
#: The same, where files are installed or read for their hashes.
OTHER_HASHES = _other_hashes


def wheel(
    project: str, version: str, code: str = "", *, requires: tuple[str, ...] = (), more: int = 0
) -> tuple[str, bytes]:
    """Name and content of a wheel of one module; its metadata has so many bytes `more`."""
    module = project.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    pythons = [f"Classifier: Programming Language :: Python :: 3.{n}" for n in range(8, 16)]
    metadata = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
    metadata += ["Requires-Python: >=3.8", *pythons, *(f"Requires-Dist: {r}" for r in requires)]
    files = {
        f"{module}.py": code,
        f"{info}/METADATA": "\n".join([*metadata, "", "x" * more]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            # Without the time of day: the same file every time.
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return f"{module}-{version}-py3-none-any.whl", buffer.getvalue()


@contextmanager
def served() -> Iterator[Index]:
    """An empty index, within a `with` block."""
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("#")[0]
            answer = index.wrong.get(path) or index.offered.get(path) or Answer(404, b"nothing")
            # Whoever asked may be gone, or killed.
            with suppress(OSError):
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                if not answer.endless:
                    length = len(answer.body) if answer.promised is None else answer.promised
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                if self.command == "HEAD":
                    return
                self.wfile.write(answer.body)
                self.wfile.flush()
                if answer.silent:
                    index.over.wait()
                while answer.endless and not index.over.is_set():
                    self.wfile.write(b" " * 2**16)

        def log_message(self, *_: object) -> None:
            """What is asked is nobody's business."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        index.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            index.over.set()
            server.shutdown()
            thread.join()
