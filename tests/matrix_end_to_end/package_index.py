"""A small package index on loopback, for releases that the tests make up."""

from __future__ import annotations

import functools
import hashlib
import html
import io
import shutil
import tarfile
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from bootstrap.wheels import make_wheel


@dataclass(frozen=True)
class Fault:
    """An answer that is not what the index holds; it is `missing` so many of the bytes it promises."""

    status: int
    body: bytes
    missing: int = 0


@dataclass(frozen=True)
class Gate:
    """Holds up whoever asks for a path, once it is `reached` and until it is `opened`."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)


class _Handler(SimpleHTTPRequestHandler):
    """Serves the index's folder, or what is set for a path."""

    def __init__(
        self, *args: object, faults: Dict[str, Fault], gates: Dict[str, Gate], **kwargs: object
    ):
        self.faults = faults
        self.gates = gates
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.rstrip("/")
        gate = self.gates.get(path)
        if gate is not None:
            gate.reached.set()
            gate.opened.wait()
        fault = self.faults.get(path)
        # Whoever was held up may be gone.
        with suppress(ConnectionError):
            if fault is None:
                super().do_GET()
                return
            self.send_response(fault.status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(fault.body) + fault.missing))
            self.end_headers()
            self.wfile.write(fault.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps test output to what the tests print."""


@dataclass
class PackageIndex:
    """Wheels and their pages (PEP 503, with upload times), below `folder`."""

    folder: Path
    faults: Dict[str, Fault] = field(default_factory=dict)
    gates: Dict[str, Gate] = field(default_factory=dict)
    links: Dict[str, List[str]] = field(default_factory=dict)
    url: str = ""

    def release(
        self,
        name: str,
        version: str,
        *,
        uploaded: Optional[str],
        code: str = "",
        requires: Tuple[str, ...] = (),
        python: str = ">=3.8",
        yanked: bool = False,
    ) -> None:
        """Uploads a wheel whose one module, named after the project, holds `code`."""
        module = name.replace("-", "_")
        wheel = f"{module}-{version}-py3-none-any.whl"
        lines = [f"Requires-Python: {python}", *(f"Requires-Dist: {line}" for line in requires)]
        files = self.folder / "files"
        make_wheel(files, name, version, {f"{module}.py": code}, lines)
        attributes = {"data-requires-python": python}
        if uploaded is not None:
            attributes["data-upload-time"] = uploaded
        if yanked:
            attributes["data-yanked"] = "broken"
        self.list(name, wheel, attributes)

    def upload(self, name: str, wheel: Path) -> None:
        """Uploads a wheel that was made elsewhere."""
        (self.folder / "files").mkdir(exist_ok=True)
        shutil.copy(wheel, self.folder / "files")
        self.list(name, wheel.name, {})

    def release_source(self, name: str, version: str, *, uploaded: str, setup: str) -> None:
        """Uploads a source distribution alone, whose `setup.py` says how it is built."""
        stem = f"{name.replace('-', '_')}-{version}"
        (self.folder / "files").mkdir(exist_ok=True)
        with tarfile.open(self.folder / "files" / f"{stem}.tar.gz", "w:gz") as archive:
            for path, text in {
                "PKG-INFO": f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n",
                "setup.py": setup,
            }.items():
                member = tarfile.TarInfo(f"{stem}/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        self.list(name, f"{stem}.tar.gz", {"data-upload-time": uploaded})

    def branch(self, name: str, version: str, code: str) -> str:
        """Serves the archive of a branch, beside the index; returns its URL.

        What builds it lies in it, so that no other release is wanted for that.
        """
        module = name.replace("-", "_")
        wheel = f"{module}-{version}-py3-none-any.whl"
        with tempfile.TemporaryDirectory() as room:
            make_wheel(Path(room), name, version, {f"{module}.py": code}, [])
            built = (Path(room) / wheel).read_bytes()
        backend = (
            "import shutil\n\n\ndef build_wheel(folder, settings=None, metadata=None):\n"
            f"    shutil.copy({wheel!r}, folder)\n    return {wheel!r}\n"
        )
        system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        files = {
            "pyproject.toml": f'{system}[project]\nname = "{name}"\nversion = "{version}"\n'.encode(),
            "backend.py": backend.encode(),
            wheel: built,
        }
        (self.folder / "files").mkdir(exist_ok=True)
        with tarfile.open(self.folder / "files" / f"{name}-main.tar.gz", "w:gz") as archive:
            for path, content in files.items():
                member = tarfile.TarInfo(f"{name}-main/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return f"{self.url[: -len('/simple')]}/files/{name}-main.tar.gz"

    def list(self, name: str, file: str, attributes: Mapping[str, str]) -> None:
        """Puts a file on its project's page, in place of one of the same name."""
        digest = hashlib.sha256((self.folder / "files" / file).read_bytes()).hexdigest()
        told = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
        link = f'<a href="../../files/{file}#sha256={digest}"{told}>{file}</a>'
        kept = [line for line in self.links.get(name, []) if f"/{file}#" not in line]
        self.offer(name, [*kept, link])

    def offer(self, name: str, links: List[str]) -> None:
        """Makes these links the page of a project."""
        self.links[name] = links
        page = self.folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<!DOCTYPE html><html><body>{'<br>'.join(links)}</body></html>")

    def fail(self, name: str, status: int, body: bytes = b"") -> None:
        """Answers for this project with a status and a body, whatever it has."""
        self.faults[f"/simple/{name}"] = Fault(status, body)

    def break_off(self, name: str) -> None:
        """Answers for this project with half of its page, and then no more."""
        page = (self.folder / "simple" / name / "index.html").read_bytes()
        half = len(page) // 2
        self.faults[f"/simple/{name}"] = Fault(200, page[:half], missing=len(page) - half)

    def hold(self, name: str) -> Gate:
        """Answers for this project only when the gate is opened."""
        return self.gates.setdefault(f"/simple/{name}", Gate())

    def spoil(self, name: str, version: str) -> None:
        """Answers for a wheel of `release` as a proxy does that wants a login."""
        wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        self.faults[f"/files/{wheel}"] = Fault(200, b"<!doctype html><p>Please log in.")

    def answer(self) -> None:
        """Answers as it should again."""
        self.faults.clear()
        for gate in self.gates.values():
            gate.opened.set()
        self.gates.clear()

    def restore(self, links: Mapping[str, List[str]]) -> None:
        """Offers what it offered when `links` were taken, and answers as it should again."""
        self.answer()
        for name in self.links:
            self.offer(name, list(links.get(name, [])))


def serve(folder: Path) -> Iterator[PackageIndex]:
    """Serves an empty index until the generator is closed."""
    (folder / "simple").mkdir(parents=True)
    index = PackageIndex(folder)
    handler = functools.partial(
        _Handler, directory=str(folder), faults=index.faults, gates=index.gates
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.answer()
        server.shutdown()
        server.server_close()
        thread.join()
