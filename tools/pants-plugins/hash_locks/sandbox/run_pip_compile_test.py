"""Real runs of pip-compile and pip, against an index of wheels made here and served on loopback."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Iterator

from pip._vendor.packaging.version import Version

from hash_locks.sandbox import run_pip_compile


class Index(SimpleHTTPRequestHandler):
    """A folder of wheels by project; the project `broken` answers 500."""

    def do_GET(self) -> None:
        if "broken" in self.path:
            self.send_error(500)
            return
        super().do_GET()

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


def add_wheel(index: Path, name: str, version: str, *requires: str) -> str:
    """Puts a wheel into the index and returns its hash as a lock has it."""
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {x}" for x in requires)]
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", *metadata, ""]))
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")
    return f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


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
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def compiled(work: Path, index: str, *requirements: str) -> subprocess.CompletedProcess[str]:
    """Compiles `a.in`, `b.in` and so on, which hold what is given, to `a.lock`."""
    inputs = [f"{letter}.in" for letter, _ in zip("abc", requirements)]
    for name, text in zip(inputs, requirements):
        (work / name).write_text(text)
    flags = "--quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-config"
    emit = "--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --cache-dir=.cache"
    argv = (*flags.split(), *emit.split(), "--output-file=a.lock", *inputs)
    return run(work, index, run_pip_compile.__file__, *argv)


def test_pins_hashes_and_nothing_else(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0", "lib>=1")
    lib = add_wheel(tmp_path, "lib", "1.5")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.lock").read_text() == (
        f"app==1.0 \\\n    {app}\n    # via -r a.in\nlib==1.5 \\\n    {lib}\n    # via app\n"
    )


def test_a_change_moves_only_what_it_must(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", "lib>=1")
    add_wheel(tmp_path, "lib", "1.5")
    lock = tmp_path / "a.lock"
    with served(tmp_path) as index:
        compiled(tmp_path, index, "app\n")
        before = lock.read_text()
        for name in ("app", "lib"):
            add_wheel(tmp_path, name, "2.0")
        extra = add_wheel(tmp_path, "extra", "1.0")
        assert compiled(tmp_path, index, "app\nextra\n").returncode == 0
        assert lock.read_text() == before.replace(
            "lib==", f"extra==1.0 \\\n    {extra}\n    # via -r a.in\nlib=="
        )
        assert compiled(tmp_path, index, "app\n").returncode == 0
    assert lock.read_text() == before


def test_a_conflict_shows_both_chains(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", "middle>=1")
    add_wheel(tmp_path, "middle", "1.0", "lib<2")
    add_wheel(tmp_path, "other", "1.0", "lib>=2")
    add_wheel(tmp_path, "lib", "1.0")
    add_wheel(tmp_path, "lib", "2.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\nother\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "These requirements exclude one another:\n"
        "  a.in (line 1): app -> app 1.0 -> middle>=1 -> middle 1.0 -> lib<2\n"
        "  a.in (line 2): other -> other 1.0 -> lib>=2\n"
    )
    assert not (tmp_path / "a.lock").exists()


def test_a_conflict_of_two_files_shows_both(tmp_path: Path) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    add_wheel(tmp_path, "lib", "2.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib<2\n", "lib>=2\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "These requirements exclude one another:\n"
        "  a.in (line 1): lib<2\n"
        "  b.in (line 1): lib>=2\n"
    )


def test_one_release_speaks_for_all_of_a_project() -> None:
    app = SimpleNamespace(project_name="app", format_for_error=lambda: "app>=1")
    lib = SimpleNamespace(project_name="lib", format_for_error=lambda: "lib<2")
    releases = [
        SimpleNamespace(project_name="app", version=Version(version))
        for version in ("1.9", "1.10", "1.2")
    ]
    causes = [(lib, release) for release in releases]
    assert run_pip_compile.chains(causes, {"app": (app, None)}) == [
        "app>=1 -> app 1.10 -> lib<2 (and 2 other releases of app)"
    ]


def test_a_release_that_does_not_exist(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", "lib>=3")
    add_wheel(tmp_path, "lib", "2.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "No release satisfies:\n  a.in (line 1): app -> app 1.0 -> lib>=3\n"
    )


def test_an_index_that_fails_is_no_index_without_releases(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0")
    pinned = f"app==1.0 \\\n    {app}\n    # via -r a.in\n"
    (tmp_path / "a.lock").write_text(pinned)
    with served(tmp_path) as index:
        broken = compiled(tmp_path, index, "app\nbroken\n")
    gone = compiled(tmp_path, index, "app\n")
    for done in (broken, gone):
        assert done.returncode == 1
        assert "The index cannot be reached:\n  Could not fetch URL" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / "a.lock").read_text() == pinned


def test_a_wrong_hash_is_refused_at_install(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0")
    install = ("-m", "pip", "install", "--require-hashes", "--target=out", "--requirement=a.lock")
    with served(tmp_path) as index:
        compiled(tmp_path, index, "app\n")
        good = run(tmp_path, index, *install)
        lock = (tmp_path / "a.lock").read_text()
        (tmp_path / "a.lock").write_text(lock.replace(app, f"--hash=sha256:{'0' * 64}"))
        bad = run(tmp_path, index, *install, "--upgrade")
    assert good.returncode == 0, good.stderr
    assert (tmp_path / "out/app.py").exists()
    assert bad.returncode == 1
    assert "DO NOT MATCH THE HASHES" in bad.stderr
