"""The command, as people and the plugin run it: a process, against an index on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import release_sampler
from sampler_index import FakeIndex, Reply, wheel

SOURCES = str(Path(release_sampler.__file__).parents[1])
OLD = {"upload-time": "2024-01-01", "requires-python": ">=3.8"}


@pytest.fixture
def environ(tmp_path: Path, index: FakeIndex) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([SOURCES, kept.get("PYTHONPATH", "")]),
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIP_INDEX_URL": index.simple,
        "PIP_EXTRA_INDEX_URL": "file:///nowhere/simple",
        "PIP_TIMEOUT": "60",
        "NO_PROXY": "127.0.0.1",
    }


def run(environ: dict[str, str], *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "release_sampler", *map(str, arguments)]
    return subprocess.run(command, env=environ, capture_output=True, text=True)


def error(environ: dict[str, str], *arguments: str | Path) -> str:
    """The one line on stderr of a command that fails."""
    result = run(environ, *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("release-sampler: error: ") and result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def thing(index: FakeIndex) -> FakeIndex:
    versions = ("1.0", "1.1", "1.2", "2.0")
    index.page("thing", {f"thing-{version}-py3-none-any.whl": OLD for version in versions})
    for version in versions:
        index.replies[f"/files/thing-{version}-py3-none-any.whl"] = Reply(wheel("3.8", "3.9"))
    return index


def request_file(tmp_path: Path, package: str = "thing>=1.1", mode: str = "poll") -> Path:
    file = tmp_path / f"{mode}.json"
    request = {
        "suite": {"package": package, "python": {"*": ">=3.8"}, "samples": None, "sdists": ["foo"]},
        "policy": {"target_pythons": ["3.8.18", "3.9.18"], "samples": 5, "cooldown_days": 3},
        "mode": mode,
        "as_of": "2026-11-21T06:00:00Z",
        "upgrade": False,
    }
    file.write_text(json.dumps(request))
    return file


class TestSample:
    def test_a_table(self, environ: dict[str, str], thing: FakeIndex) -> None:
        result = run(environ, "sample", "thing>=1.1", "--python", "3.8..3.9")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == (
            "thing>=1.1: 3 of 4 releases\n"
            "  1.1  lowest  2024-01-01  3.8, 3.9\n"
            "  1.2  major   2024-01-01  3.8, 3.9\n"
            "  2.0  latest  2024-01-01  3.8, 3.9\n"
        )

    def test_a_cache_that_cannot_be_written_is_told_once_and_no_failure(
        self, environ: dict[str, str], thing: FakeIndex, tmp_path: Path
    ) -> None:
        (tmp_path / "cache").write_text("in the way\n")
        result = run(environ, "sample", "thing>=1.1", "--python", "3.8..3.9")
        assert result.returncode == 0
        assert result.stderr == (
            f"{tmp_path}/cache/release-sampler/http: the cache cannot be written (Not a directory), "
            "and what the index answers is fetched anew each time; make it writable, or set "
            "XDG_CACHE_HOME to a folder that is\n"
        )

    def test_explain_shows_every_verdict(self, environ: dict[str, str], thing: FakeIndex) -> None:
        result = run(environ, "sample", "thing>=1.1", "--python", "3.8", "--explain")
        assert "  1.0  outside the specifier\n" in result.stdout

    def test_explain_shows_why_a_python_is_tried_and_another_not(
        self, environ: dict[str, str], thing: FakeIndex
    ) -> None:
        options = ("--python=3.8,3.9,3.13", "--explain", "--max-majors=1", "--breadth=all")
        result = run(environ, "sample", "thing>=2", *options)
        assert result.stdout.splitlines()[-4:] == [
            "  2.0  lowest                 2024-01-01  3.8, 3.9, 3.13 (trial)",
            f"{'':42}3.8: the oldest that it supports",
            f"{'':42}3.9: the newest that it supports",
            f"{'':42}3.13: trial (the newest that it admits)",
        ]

    def test_a_platform_without_a_file_is_told(
        self, environ: dict[str, str], index: FakeIndex
    ) -> None:
        index.page("thing", {"thing-1.0-cp38-cp38-manylinux2014_x86_64.whl": OLD})
        result = run(environ, "sample", "thing", "--python=3.8")
        assert result.stdout.splitlines()[-1] == "  1.0 has no file for macos-arm64-14.0 on 3.8"
        options = ("--python=3.8", "--platform=linux-x86_64-musl1.2")
        assert "no installable file" in error(environ, "sample", "thing", *options)

    def test_json(self, environ: dict[str, str], thing: FakeIndex) -> None:
        options = ("--python=3.8,3.9", "--format=json", "--as-of=2026-11-21", "--samples=2")
        result = run(environ, "sample", "thing", *options)
        (document,) = json.loads(result.stdout)
        assert document["as_of"] == "2026-11-21T00:00:00Z"
        assert [sample["version"] for sample in document["samples"]] == ["1.0", "1.1", "1.2", "2.0"]

    def test_json_of_several_packages_is_one_list(
        self, environ: dict[str, str], thing: FakeIndex
    ) -> None:
        thing.page("other", {"other-1.0.tar.gz": OLD, "other-1.1-py3-none-any.whl": OLD})
        packages = ("thing", "nothing", "other>=1.0")
        result = run(environ, "sample", *packages, "--python=3.8", "--format=json")
        assert result.returncode == 1 and "nothing: no such package" in result.stderr
        documents = json.loads(result.stdout)
        assert [found["suite"]["package"] for found in documents] == ["thing", "other>=1.0"]
        assert "notes" not in documents[0]
        assert documents[1]["notes"] == [
            "the floor 1.0 is not tested: no installable file (files: sdist), "
            "listing other in sdists would allow it; the lowest tested is 1.1"
        ]

    def test_an_untested_floor_is_told(self, environ: dict[str, str], index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": OLD, "thing-1.1-py3-none-any.whl": OLD})
        result = run(environ, "sample", "thing>=1.0", "--python", "3.8")
        assert result.stdout.splitlines()[-1].startswith("  the floor 1.0 is not tested: no inst")

    def test_several_packages_the_failures_last(
        self, environ: dict[str, str], thing: FakeIndex
    ) -> None:
        result = run(environ, "sample", "nothing", "thing", "nil", "--python", "3.8")
        assert result.returncode == 1 and "thing: 4 of 4 releases" in result.stdout
        assert result.stderr.count("\n") == 1
        assert "nothing: no such package" in result.stderr and "nil: no such" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["sample"], "the following arguments are required"),
            ([], "the following arguments are required: COMMAND"),
            (["guess"], "invalid choice"),
            (["sample", "thing", "--python", "3.99"], "unknown Python '3.99'"),
            (["sample", "thing", "--python", "3.99.1"], "unknown Python '3.99.1'"),
            (["sample", "thing", "--python", "3.8.x"], "unknown Python '3.8.x'"),
            (["sample", "thing", "--python", "4"], "unknown Python '4'"),
            (["sample", "thing", "--python", ""], "unknown Python ''"),
            (["sample", "thing", "--python", "3.8..3.7"], "'3.8..3.7': the first is newer than"),
            (["sample", "thing", "--python", "3.8.."], "unknown Python ''"),
            (["sample", "thing", "--python", "3.8,,3.9"], "unknown Python ''"),
            (["sample", "thing>=x", "--python", "3.8"], "requirement 'thing>=x'"),
            (["sample", "thing", "--python", "3.8", "--samples", "0"], "samples=0"),
            (["sample", "thing", "--python", "3.8", "--samples", "x"], "invalid int value"),
            (["sample", "thing", "--python", "3.8", "--as-of", "x"], "--as-of: 'x' is not a time"),
            (["sample", "thing>=9", "--python", "3.8"], "thing: no release matches 'thing>=9'"),
            (["sample", "nothing", "--python", "3.8"], "nothing: no such package"),
            (["sample", "thing", "--python", "9" * 999], "unknown Python '" + "9" * 40 + "': "),
            (["sample", "thing", "--samples", "9" * 5000], "..."),
            (
                ["sample", "thing", "--python", "3.8", "--\x1b[31mred\u202e"],
                "arguments: -- [31mred; see",
            ),
            (["plan", "--request=none", "--previous=.", "--output=."], "none: cannot be read"),
        ],
    )
    def test_bad_input(
        self, environ: dict[str, str], thing: FakeIndex, arguments: list[str], complaint: str
    ) -> None:
        told = error(environ, *arguments)
        assert complaint in told and len(told) < 500
        assert told.rstrip("\n").isprintable()

    def test_the_version(self, environ: dict[str, str]) -> None:
        result = run(environ, "--version")
        assert result.stdout == f"release-sampler {release_sampler.__version__}\n"

    def test_help_has_examples(self, environ: dict[str, str]) -> None:
        for command in ((), ("sample",)):
            assert "release-sampler sample" in run(environ, *command, "--help").stdout


class TestPlan:
    def test_poll_then_check_then_poll(
        self, environ: dict[str, str], thing: FakeIndex, tmp_path: Path
    ) -> None:
        first, second, third = (tmp_path / name for name in ("first", "second", "third"))
        poll, check = request_file(tmp_path), request_file(tmp_path, mode="check")
        plan = ("plan", "--request")
        assert run(environ, *plan, poll, "--previous", first, "--output", first).returncode == 0
        environ["PIP_INDEX_URL"] = "http://127.0.0.1:9/"
        assert run(environ, *plan, check, "--previous", first, "--output", second).returncode == 0
        environ["PIP_INDEX_URL"] = thing.simple
        assert run(environ, *plan, poll, "--previous", second, "--output", third).returncode == 0
        texts = [
            [(folder / name).read_bytes() for name in ("releases.jsonl", "sampling.json")]
            for folder in (first, second, third)
        ]
        assert texts[0] == texts[1] == texts[2]
        assert sorted(file.name for file in first.iterdir()) == ["releases.jsonl", "sampling.json"]
        assert b"http" not in b"".join(texts[0])

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(status=404),
            Reply(status=403),
            Reply(b"garbage"),
            Reply(b"<a>half", length=999),
            Reply(b"{", headers={"Content-Type": "application/vnd.pypi.simple.v1+json"}),
        ],
    )
    def test_a_failing_index_leaves_the_old_files(
        self, environ: dict[str, str], thing: FakeIndex, tmp_path: Path, reply: Reply
    ) -> None:
        folder = tmp_path / "folder"
        arguments = ("plan", "--request", request_file(tmp_path), "--previous", folder)
        run(environ, *arguments, "--output", folder)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        thing.replies["/simple/thing/"] = reply
        assert "thing: " in error(environ, *arguments, "--output", folder)
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        error(environ, *arguments, "--output", tmp_path / "new")
        assert not (tmp_path / "new").exists()

    def test_a_damaged_record_is_told_on_stderr(
        self, environ: dict[str, str], thing: FakeIndex, tmp_path: Path
    ) -> None:
        (tmp_path / "sampling.json").write_bytes(b"<<<<<<< HEAD\n\xff")
        arguments = ("plan", "--request", request_file(tmp_path), "--previous", tmp_path)
        result = run(environ, *arguments, "--output", tmp_path)
        assert result.returncode == 0
        assert result.stderr.startswith("release-sampler: thing: the recorded sampling.json cannot")

    def test_an_output_that_cannot_be_written(
        self, environ: dict[str, str], thing: FakeIndex, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        arguments = ("plan", "--request", request_file(tmp_path), "--previous", tmp_path)
        assert "cannot be written" in error(environ, *arguments, "--output", tmp_path / "file")


def test_without_the_extra_it_says_how_to_get_it(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "pypi_simple.py").write_text("raise ImportError(name='pypi_simple')")
    environ["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environ["PYTHONPATH"]])
    message = error(environ, "sample", "thing", "--python", "3.8")
    assert "pypi_simple is not installed" in message
    assert 'pip install "release-sampler[index]"' in message


def test_wheelless_prints_what_an_installer_passes_over(
    environ: dict[str, str], index: FakeIndex, tmp_path: Path
) -> None:
    index.page("thing", {"thing-1.0-py3-none-any.whl": OLD, "thing-2.0.tar.gz": OLD})
    request = tmp_path / "wheelless.json"
    lock = {"pins": {"thing": "1.0"}, "pythons": ["3.8"]}
    request.write_text(json.dumps({"as_of": "2026-11-21", "locks": [lock]}))
    result = run(environ, "wheelless", "--request", request)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == [{"thing": ["2.0"]}]
    lock["pins"] = {"nothing": "1.0"}
    request.write_text(json.dumps({"as_of": "2026-11-21", "locks": [lock]}))
    assert "nothing: no such package" in error(environ, "wheelless", "--request", request)


#: What a shell gives to a program in the foreground; one in the background ignores interrupts.
INTERRUPTIBLE = """\
import signal, sys
from release_sampler.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "drip", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n "], ids=["silent", "endless"]
)
@pytest.mark.parametrize("packages", [["thing"], ["thing", "other"]], ids=["one", "two"])
def test_an_interrupt_does_not_wait_for_the_index(
    environ: dict[str, str], drip: bytes, packages: list[str]
) -> None:
    """Whether it says nothing or never comes to an end, and whatever pip's timeout is."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(600)
        environ["PIP_INDEX_URL"] = "http://127.0.0.1:{}/simple".format(silent.getsockname()[1])
        environ["PIP_TIMEOUT"] = "600"
        command = [sys.executable, "-c", INTERRUPTIBLE, "sample", *packages, "--python", "3.9"]
        process = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
        try:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                connection.sendall(drip)
                process.send_signal(signal.SIGINT)
                _, complaint = process.communicate(timeout=500)
        finally:
            process.kill()
            process.wait()
    assert complaint == "release-sampler: error: interrupted\n"
    assert process.returncode == 130


#: Interrupted where Python prints an exception and goes on.
INTERRUPTED_IN_A_DESTRUCTOR = """\
import signal, sys
from release_sampler import cli

class Dropped:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        for _ in range(9):
            pass

def open_index(opened=cli._open_index):
    Dropped()
    return opened()

cli._open_index = open_index
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_an_interrupt_is_never_dropped(environ: dict[str, str], thing: FakeIndex) -> None:
    options = ("sample", "thing", "--python", "3.9")
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_A_DESTRUCTOR, *options],
        env=environ,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr == "release-sampler: error: interrupted\n"


def test_held_tells_what_the_index_says_of_a_lock(
    environ: dict[str, str], index: FakeIndex, tmp_path: Path
) -> None:
    file = {"url": "x", "hashes": {}, "upload-time": "2024-01-01T00:00:00Z"}
    index.json_page(
        "thing",
        [
            {"filename": "thing-1.0.tar.gz", **file, "yanked": "leaks"},
            {"filename": "thing-1.1.tar.gz", **file},
        ],
        **{"project-status": {"status": "archived", "reason": "use other"}},
    )
    lock = tmp_path / "a.lock"
    lock.write_text("thing==1.0 \\\n    --hash=sha256:aa\n")
    result = run(environ, "held", "--pins", lock)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "thing: archived: use other\nthing 1.0: yanked: leaks\n"
    lock.write_text("thing==1.1\n")
    assert json.loads(run(environ, "held", "--pins", lock, "--format=json").stdout) == [
        {"project": "thing", "version": None, "what": "archived", "reason": "use other"}
    ]
    assert "a.lock: cannot be read" in error({**environ}, "held", "--pins", f"{lock}/a.lock")


def test_plan_of_a_suite_with_an_axis(
    environ: dict[str, str], index: FakeIndex, tmp_path: Path
) -> None:
    for package, versions in {"drf": ("1.0", "2.0"), "django": ("3.0", "4.0")}.items():
        index.page(package, {f"{package}-{v}-py3-none-any.whl": OLD for v in versions})
        for version in versions:
            lines = ["Metadata-Version: 2.1", "Classifier: Programming Language :: Python :: 3.8"]
            lines += ["Requires-Dist: Django<4"] if (package, version) == ("drf", "1.0") else []
            url = f"/files/{package}-{version}-py3-none-any.whl.metadata"
            index.replies[url] = Reply("\n".join([*lines, "", ""]).encode())
    request = tmp_path / "request.json"

    def plan(mode: str, previous: str, output: str, **more: object) -> dict[str, object]:
        asked = {
            "suite": {"package": "drf>=1", "axes": ["django>=3"]},
            "policy": {"target_pythons": ["3.8.18", "3.9.18"]},
            "mode": mode,
            "as_of": "2026-11-21T06:00:00Z",
            **more,
        }
        request.write_text(json.dumps(asked))
        folders = (f"--previous={tmp_path / previous}", f"--output={tmp_path / output}")
        result = run(environ, "plan", f"--request={request}", *folders)
        assert (result.returncode, result.stderr) == (0, "")
        read: dict[str, object] = json.loads((tmp_path / output / "sampling.json").read_text())
        return read

    written = plan("poll", "none", "first")
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == [
        "django.releases.jsonl",
        "releases.jsonl",
        "sampling.json",
    ]
    assert '"requires":["Django<4"]' in (tmp_path / "first/releases.jsonl").read_text()
    assert written["format"] == 2
    assert written["combinations"] == [
        {
            "releases": {"drf": "1.0", "django": "3.0"},
            "role": "all floors",
            "pythons": ["3.8"],
        },
        {
            "releases": {"drf": "2.0", "django": "3.0"},
            "role": "the floor of django",
            "pythons": ["3.8"],
        },
        {
            "releases": {"drf": "2.0", "django": "4.0"},
            "role": "all newest",
            "pythons": ["3.8", "3.9"],
            "trials": ["3.9"],
        },
    ]
    assert written["impossible"] == [
        {
            "releases": {"drf": "1.0", "django": "4.0"},
            "reason": "drf 1.0 with django 4.0: drf 1.0 wants django<4",
        }
    ]
    axes = written["axes"]
    assert isinstance(axes, dict) and axes["django"]["verdicts"] == {
        "3.0": "lowest",
        "4.0": "latest",
    }
    files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    for mode in ("poll", "check", "offline"):
        plan(mode, "first", mode)
        assert files == {path.name: path.read_bytes() for path in (tmp_path / mode).iterdir()}
    refusal = {"releases": {"drf": "2.0", "django": "4.0"}, "reason": "a clash"}
    refused = plan("offline", "first", "refused", refusals=[refusal])
    assert refused["refusals"] == [refusal] and "4.0" not in str(refused["combinations"])
    plan("check", "refused", "again")
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (
            tmp_path / "refused" / name
        ).read_bytes()


def test_an_axis_without_an_index_page_is_named(
    environ: dict[str, str], thing: FakeIndex, tmp_path: Path
) -> None:
    request = tmp_path / "request.json"
    asked = {
        "suite": {"package": "thing", "axes": ["nothing"]},
        "policy": {"target_pythons": ["3.8"]},
        "mode": "poll",
        "as_of": "2026-11-21",
    }
    request.write_text(json.dumps(asked))
    told = error(environ, "plan", f"--request={request}", "--previous=x", f"--output={tmp_path}/o")
    assert "nothing: no such package" in told and not (tmp_path / "o").exists()
