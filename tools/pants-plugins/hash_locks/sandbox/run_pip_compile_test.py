"""Real runs of pip-compile and pip, against an index of wheels made here and served on loopback."""

from __future__ import annotations

import datetime
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
from types import MappingProxyType, SimpleNamespace
from typing import Any, Iterator, Mapping, Sequence

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep
from pip._internal.exceptions import NetworkConnectionError
from pip._internal.index.collector import IndexContent
from pip._internal.models.link import Link
from pip._vendor.packaging.version import Version

from hash_locks.carried.environments import Environment
from hash_locks.carried.pins import Pin
from hash_locks.sandbox import failures, observation, run_pip_compile, whole_pages

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
        f"These requirements exclude one another {ON}:\n"
        "  a.in (line 1): app -> app 1.0 -> middle>=1 -> middle 1.0 -> lib<2\n"
        "  a.in (line 2): other -> other 1.0 -> lib>=2\n"
    )
    assert (tmp_path / "a.lock").read_text() == ""


def test_a_conflict_of_two_files_shows_both(tmp_path: Path) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    add_wheel(tmp_path, "lib", "2.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib<2\n", "lib>=2\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"These requirements exclude one another {ON}:\n"
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
    assert failures.chains(causes, {"app": (app, None)}) == [
        "app>=1 -> app 1.10 -> lib<2 (and 2 other releases of app)"
    ]


def test_a_release_that_does_not_exist(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", "lib>=3")
    add_wheel(tmp_path, "lib", "2.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"No release satisfies {ON}:\n  a.in (line 1): app -> app 1.0 -> lib>=3\n"
    )


def test_what_one_python_needs_has_a_marker(tmp_path: Path) -> None:
    """webob needs legacy-cgi from 3.13 on, which does not run on the oldest Python of the lock."""
    add_wheel(tmp_path, "app", "1.0", 'lib>=1 ; python_version >= "3.13"')
    lib = add_wheel(tmp_path, "lib", "1.0", "deep", python=">=3.10")
    add_wheel(tmp_path, "deep", "1.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n", pythons=("3.9", "3.12", "3.13", "3.14"))
    assert done.returncode == 0, done.stderr
    assert (
        (tmp_path / "a.lock")
        .read_text()
        .endswith(f'lib==1.0 ; python_version >= "3.13" \\\n    {lib}\n    # via app\n')
    )
    assert lines(tmp_path) == [
        "app==1.0",
        'deep==1.0 ; python_version >= "3.13"',
        'lib==1.0 ; python_version >= "3.13"',
    ]


def test_a_requirement_for_some_pythons_is_locked_for_those(tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        add_wheel(tmp_path, "lib", version)
    add_wheel(tmp_path, "other", "1.0")
    text = (
        'lib<2 ; python_version < "3.10"\nlib>=2 ; python_version >= "3.10"\n'
        'other ; python_version == "3.10"\n'
    )
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, text, pythons=("3.9", "3.10", "3.11"))
        assert done.returncode == 0, done.stderr
        assert lines(tmp_path) == [
            'lib==1.0 ; python_version < "3.10"',
            'lib==2.0 ; python_version >= "3.10"',
            'other==1.0 ; python_version >= "3.10" and python_version < "3.11"',
        ]
        before = (tmp_path / "a.lock").read_text()
        for version in ("1.1", "2.1"):
            add_wheel(tmp_path, "lib", version)
        assert compiled(tmp_path, index, text, pythons=("3.9", "3.10", "3.11")).returncode == 0
    assert (tmp_path / "a.lock").read_text() == before


def test_a_lock_is_the_same_for_every_platform(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", 'mac ; sys_platform == "darwin"', 'win ; os_name == "nt"')
    add_wheel(tmp_path, "mac", "1.0", tag="cp39-cp39-macosx_11_0_arm64")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n", platforms=(LINUX, MACOS))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == ["app==1.0", 'mac==1.0 ; sys_platform == "darwin"']


def test_what_a_platform_cannot_have_is_refused_with_its_line(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app>=1\n", platforms=(LINUX, MACOS))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"No release satisfies on Python 3.9 on {MACOS}:\n  a.in (line 1): app>=1\n"
    )


def test_a_pin_that_another_python_cannot_have_is_another_one_there(tmp_path: Path) -> None:
    """Kept pins that no longer serve all give way where they must, and nowhere else."""
    add_wheel(tmp_path, "lib", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    with served(tmp_path) as index:
        assert compiled(tmp_path, index, "lib\n").returncode == 0
        add_wheel(tmp_path, "lib", "1.1")
        done = compiled(tmp_path, index, "lib\n", pythons=("3.9", "3.10"))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == [
        'lib==1.0 ; python_version < "3.10"',
        'lib==1.1 ; python_version >= "3.10"',
    ]


def test_what_others_install_from_a_wheel_is_not_built() -> None:
    seen = observation.Observation()
    for name, files in {
        "both": ("both-1.0-cp39-cp39-manylinux_2_17_x86_64.whl", "both-1.0.tar.gz"),
        "source": ("source-1.0.tar.gz",),
    }.items():
        links = (Link(f"http://index.example/{file}") for file in files)
        seen.files[name] = {link.url: link for link in links}
    asked = [("both", "3.9"), ("both", "3.10"), ("source", "3.10"), ("unknown", "3.10")]
    assert [
        seen.must_be_built(Pin(name, "1.0"), Environment(python, LINUX)) for name, python in asked
    ] == [False, True, False, False]


def test_every_file_of_a_release_has_its_hash(tmp_path: Path) -> None:
    """Also those that by themselves are for another Python than the one that is resolved for."""
    hashes = [
        add_wheel(tmp_path, "lib", "1.0", python=f"=={python}.*", tag=f"cp3{tag}-none-any")
        for python, tag in (("3.9", "9"), ("3.13", "13"))
    ]
    add_page(tmp_path, "lib")
    page = tmp_path / "lib.json"
    told = json.loads(page.read_text())
    for file in told["files"]:
        file["requires-python"] = "==3.13.*" if "cp313" in file["filename"] else "==3.9.*"
    page.write_text(json.dumps(told))
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n", pythons=("3.9", "3.13"))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == ["lib==1.0"]
    assert all(each in (tmp_path / "a.lock").read_text() for each in hashes)


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("status", "file", "told"),
    [
        ({}, {}, []),
        ({"status": "active"}, {"yanked": False}, []),
        ({}, {"yanked": "It breaks."}, [("yanked", "It breaks.")]),
        ({}, {"yanked": True}, [("yanked", "")]),
        ({"status": "archived", "reason": "Use lib2."}, {}, [("archived", "Use lib2.")]),
        (
            {"status": "deprecated"},
            {"yanked": "Old."},
            [("deprecated", ""), ("yanked", "Old.")],
        ),
    ],
)
def test_what_the_index_says_of_a_kept_pin_is_told(
    tmp_path: Path, status: dict[str, str], file: dict[str, object], told: list[tuple[str, str]]
) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    with served(tmp_path) as index:
        assert compiled(tmp_path, index, "lib\n").returncode == 0
        before = (tmp_path / "a.lock").read_text()
        add_wheel(tmp_path, "lib", "2.0")
        add_page(tmp_path, "lib", status=status, files={"1.0": file})
        done = compiled(tmp_path, index, "lib\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.lock").read_text() == before
    assert json.loads((tmp_path / "notices.json").read_text()) == [
        {"project": "lib", "version": "1.0", "status": each, "reason": why, "via": "-r a.in"}
        for each, why in told
    ]


def test_a_quarantined_project_is_named_with_the_reason(tmp_path: Path) -> None:
    """Its index offers no file of it, so that nobody could install the pin either."""
    (tmp_path / "lib").mkdir()
    add_page(tmp_path, "lib", status={"status": "quarantined", "reason": "Malware."})
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"No release satisfies {ON}:\n  a.in (line 1): lib\n"
        "  the index says that lib is quarantined: Malware.\n"
    )


def test_a_status_in_html_is_read_as_well() -> None:
    text = (
        '<html><head><meta name="pypi:project-status" content="archived">'
        '<meta name="pypi:project-status-reason" content="No time."></head></html>'
    )
    page = IndexContent(text.encode(), "text/html", None, "http://index.example/simple/lib/")
    assert observation.status_of(page) == observation.Status("archived", "No time.")


FRESH = datetime.datetime.now(datetime.timezone.utc).isoformat()
OLD = "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("days", "exempt", "held", "pin"),
    [
        (3, [], [], "lib==1.0"),
        (0, [], [], "lib==2.0"),
        (3, ["lib"], [], "lib==2.0"),
        # What the lock holds already has nothing to cool down, not even where it is to move.
        (3, [], [["lib", "2.0"]], "lib==2.0"),
    ],
)
def test_a_release_cools_down(
    tmp_path: Path, days: int, exempt: list[str], held: list[list[str]], pin: str
) -> None:
    for version in ("1.0", "2.0"):
        add_wheel(tmp_path, "lib", version)
    add_page(tmp_path, "lib", files={"1.0": {"upload-time": OLD}, "2.0": {"upload-time": FRESH}})
    with served(tmp_path) as index:
        done = compiled(
            tmp_path, index, "lib\n", cooldown_days=days, cooldown_exempt=exempt, held=held
        )
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == [pin]


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("days", "held", "pin"),
    [
        (0, [], "lib==1.0"),
        (3, [], "lib==1.0"),
        # Of what was uploaded later, nothing is in the lock; that it was there before is no exception.
        (0, [["lib", "2.0"]], "lib==1.0"),
    ],
)
def test_nothing_is_taken_that_was_uploaded_after_a_date(
    tmp_path: Path, days: int, held: list[list[str]], pin: str
) -> None:
    for version in ("1.0", "2.0", "3.0"):
        add_wheel(tmp_path, "lib", version)
    add_wheel(tmp_path, "silent", "1.0")
    late = "2020-06-01T00:00:00Z"
    times = {"1.0": OLD, "2.0": late, "3.0": FRESH}
    add_page(tmp_path, "lib", files={each: {"upload-time": time} for each, time in times.items()})
    asked: dict[str, Any] = {
        "cooldown_days": days,
        "held": held,
        "prior_to": "2020-06-01T00:00:00+00:00",
    }
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n", **asked)
        found = lines(tmp_path)
        none = compiled(tmp_path, index, "lib>=2\n", **asked)
        silent = compiled(tmp_path, index, "silent\n", **asked)
    assert done.returncode == 0, done.stderr
    assert found == [pin]
    assert none.returncode == silent.returncode == 1
    assert (
        "was not uploaded before 2020-06-01 00:00 UTC, as `[python].resolves_to_up" in none.stderr
    )
    assert "the index does not say when a file of silent was uploaded" in silent.stderr


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("file", "told"),
    [
        ({"upload-time": FRESH}, "  lib 1.0 cools down until 20"),
        ({}, "  the index does not say when a file of lib was uploaded, so that nothing of it"),
    ],
)
def test_what_cools_down_is_named_where_nothing_else_will_do(
    tmp_path: Path, file: dict[str, str], told: str
) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    add_page(tmp_path, "lib", files={"1.0": file})
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib>=1\n", cooldown_days=3)
    assert done.returncode == 1
    assert told in done.stderr and "`[hash-locks].cooldown_exempt` may name it" in done.stderr


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


@pytest.mark.parametrize("project", NO_PAGES)  # type: ignore[untyped-decorator]
def test_what_is_no_page_is_no_page_without_releases(tmp_path: Path, project: str) -> None:
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, f"{project}\n")
    assert done.returncode == 1
    assert "\nThe index cannot be reached:\n  " in done.stderr, done.stderr
    assert f"/{project}" in done.stderr and "secret" not in done.stderr
    assert "Traceback" not in done.stderr


class EndlessAnswer:
    """An answer of an index that goes on and on."""

    closed = False

    def iter_content(self, size: int) -> Iterator[bytes]:
        while not self.closed:
            yield b" " * size

    def close(self) -> None:
        self.closed = True


def test_a_page_without_end_is_read_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_pages, "MAX_PAGE", 5_000_000)
    answer = EndlessAnswer()
    session = whole_pages._Bounded(SimpleNamespace(get=lambda url, stream: answer))
    with pytest.raises(NetworkConnectionError, match="more than 5,000,000 bytes"):
        session.get("http://index.example/simple/lib/")
    assert answer.closed


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
