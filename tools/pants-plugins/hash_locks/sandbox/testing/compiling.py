"""Real runs of pip-compile and pip, against an index of wheels made here and served on loopback."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Iterator, Mapping, Sequence

from hash_locks.sandbox import run_pip_compile

DEFAULTS = {
    "cooldown_days": 0,
    "cooldown_exempt": [],
    "held": [],
    "notices": "notices.json",
    "prior_to": "",
}
LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"
PYTHON = "3.9"
ON = f"on Python {PYTHON} on {LINUX}"


JSON = "application/vnd.pypi.simple.v1+json"
# Project -> content type, body, and how many bytes of it never come.
NO_PAGES = {
    "garbage": (JSON, b"\x00\xff{]", 0),
    "listed": (JSON, b"[]", 0),
    "unlisted": (JSON, b'{"files": 7}', 0),
    "half-json": (JSON, b'{"files": [', 9),
    "half-html": ("text/html", b'<a href="half-html-1.0.tar.gz">half-html-1.0.tar.gz</a>', 99),
    "binary": ("text/html", b"\xff\xfe\x00", 0),
    "proxy": ("text/plain", b"Please log in.", 0),
}


class Index(SimpleHTTPRequestHandler):
    """A folder of wheels by project; `PROJECT.json` in it is its page (PEP 691); the project `broken`
    answers 500, and those of `NO_PAGES` with what is none."""

    def do_GET(self) -> None:
        if "broken" in self.path:
            self.send_error(500)
            return
        no_page = NO_PAGES.get(self.path.strip("/"))
        if no_page is not None:
            kind, body, missing = no_page
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) + missing))
            self.end_headers()
            self.wfile.write(body)
            return
        page = Path(self.directory, f"{self.path.strip('/')}.json")
        if not page.exists():
            super().do_GET()
            return
        content = page.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Index, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://user:secret@127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def add_wheel(
    index: Path,
    name: str,
    version: str,
    *requires: str,
    python: str = ">=3.8",
    tag: str = "py3-none-any",
) -> str:
    """Puts a wheel into the index and returns its hash as a lock has it."""
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = [
        f"Name: {name}",
        f"Version: {version}",
        f"Requires-Python: {python}",
        *(f"Requires-Dist: {x}" for x in requires),
    ]
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", *metadata, ""]))
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")
    return f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def add_page(
    index: Path,
    name: str,
    *,
    status: Mapping[str, str] = MappingProxyType({}),
    files: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> None:
    """The page of a project that has wheels already; of these `files` says more, by version."""
    page = {
        "meta": {"api-version": "1.4"},
        "name": name,
        "project-status": dict(status),
        "files": [
            {
                "filename": wheel.name,
                "url": f"/{name}/{wheel.name}",
                "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
                **files.get(wheel.name.split("-")[1], {}),
            }
            for wheel in sorted((index / name).glob("*.whl"))
        ],
    }
    (index / f"{name}.json").write_text(json.dumps(page))


def run(work: Path, index: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        cwd=work,
        env={
            # Where Pants put what this test runs with.
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "HOME": str(work),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": index,
            "PIP_RETRIES": "0",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def compiled(
    work: Path,
    index: str,
    *requirements: str,
    pythons: Sequence[str] = (PYTHON,),
    platforms: Sequence[str] = (LINUX,),
    **asked: object,
) -> subprocess.CompletedProcess[str]:
    """Compiles `a.in`, `b.in` and so on, which hold what is given, to `a.lock`."""
    inputs = [f"{letter}.in" for letter, _ in zip("abc", requirements)]
    for name, text in zip(inputs, requirements):
        (work / name).write_text(text)
    request = {
        **DEFAULTS,
        "environments": [[each, platform] for each in pythons for platform in platforms],
        "inputs": inputs,
        "lock": "a.lock",
        "requirements": [
            [name, line] for name, text in zip(inputs, requirements) for line in text.splitlines()
        ],
        **asked,
    }
    (work / "request.json").write_text(json.dumps(request))
    flags = "--quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-config"
    emit = "--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --cache-dir=.cache"
    argv = (run_pip_compile.__file__, "request.json", *flags.split(), *emit.split())
    return run(work, index, *argv)


def lines(work: Path) -> list[str]:
    """The pins of the lock, without hashes and reasons."""
    text = (work / "a.lock").read_text().splitlines()
    return [line.rstrip(" \\") for line in text if not line.startswith(" ")]
