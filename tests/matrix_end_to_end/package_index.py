"""A small package index on loopback, for releases that the tests make up."""

from __future__ import annotations

import functools
import hashlib
import html
import io
import shutil
import tarfile
import threading
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Tuple

from bootstrap.wheels import make_wheel


class _Handler(SimpleHTTPRequestHandler):
    """Serves the index's folder, or the fault that is set for a path."""

    faults: Dict[str, Tuple[int, bytes]]

    def __init__(self, *args: object, faults: Dict[str, Tuple[int, bytes]], **kwargs: object):
        self.faults = faults
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        fault = self.faults.get(self.path.rstrip("/"))
        if fault is None:
            super().do_GET()
            return
        status, body = fault
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps test output to what the tests print."""


@dataclass
class PackageIndex:
    """Wheels and their pages (PEP 503, with upload times), below `folder`."""

    folder: Path
    faults: Dict[str, Tuple[int, bytes]] = field(default_factory=dict)
    links: Dict[str, List[str]] = field(default_factory=dict)
    url: str = ""

    def release(
        self,
        name: str,
        version: str,
        *,
        uploaded: str,
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
        attributes = {"data-upload-time": uploaded, "data-requires-python": python}
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
        self.faults[f"/simple/{name}"] = (status, body)

    def restore(self, links: Mapping[str, List[str]]) -> None:
        """Offers what it offered when `links` were taken, and answers as it should again."""
        self.faults.clear()
        for name in self.links:
            self.offer(name, list(links.get(name, [])))


def serve(folder: Path) -> Iterator[PackageIndex]:
    """Serves an empty index until the generator is closed."""
    (folder / "simple").mkdir(parents=True)
    index = PackageIndex(folder)
    handler = functools.partial(_Handler, directory=str(folder), faults=index.faults)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
