from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, Callable, Mapping

import pytest

from version_matrix.disk import folder_swap
from version_matrix.disk.folder_swap import (
    replace_folder,
    restore_folders,
    staging_folder,
    staging_folders,
)

OLD = {"samples.json": b"old", "1.0.lock": b"old lock"}
NEW = {"samples.json": b"new", "2.0.lock": b"new lock", "releases.jsonl": b""}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "suite/matrix"


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    return tmp_path / ".pants.d/staging"


@pytest.fixture(params=["exchange", "two renames"])
def swap(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to swap, the second as on a system that has no exchange."""
    if request.param == "two renames":
        monkeypatch.setattr(folder_swap, "_exchanged", lambda one, other: False)


@pytest.mark.usefixtures("swap")
def test_a_folder_is_replaced_whole(folder: Path, staging: Path) -> None:
    write(folder, OLD)
    replace_folder(folder, NEW, staging=staging)
    assert read(folder) == NEW
    assert list(staging.iterdir()) == []


def test_a_folder_is_made_with_its_parents(folder: Path, staging: Path) -> None:
    replace_folder(folder, NEW, staging=staging)
    assert read(folder) == NEW
    assert list(staging.iterdir()) == []


@pytest.mark.usefixtures("swap")
def test_a_folder_can_be_emptied(folder: Path, staging: Path) -> None:
    write(folder, OLD)
    replace_folder(folder, {}, staging=staging)
    assert read(folder) == {}


def test_this_system_exchanges(folder: Path, tmp_path: Path) -> None:
    """The tests of the exchange would else test two renames twice."""
    if sys.platform not in ("linux", "darwin"):
        pytest.skip("only Linux and macOS exchange folders")
    write(folder, OLD)
    write(tmp_path / "fresh", NEW)
    assert folder_swap._exchanged(os.fsencode(tmp_path / "fresh"), os.fsencode(folder))
    assert read(folder) == NEW
    assert read(tmp_path / "fresh") == OLD


def test_it_is_staged_where_a_folder_can_be_moved_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, workdir = tmp_path / "repository", tmp_path / "elsewhere"
    root.mkdir()
    workdir.mkdir()
    assert staging_folder(root, workdir) == workdir / "version-matrix"
    assert list(root.iterdir()) == []
    monkeypatch.setattr(folder_swap, "_device", hash)
    staging = staging_folder(root, workdir)
    replace_folder(root / "suite/matrix", NEW, staging=staging)
    assert read(root / "suite/matrix") == NEW
    # All that stays is hidden from Pants by its dot, and from git by a file of its own.
    assert sorted(path.name for path in root.iterdir()) == [".version-matrix", "suite"]
    assert (root / ".version-matrix/.gitignore").read_text() == "*\n"
    assert staging in staging_folders(root, workdir)


# ------------------------------------------------------------------------------------------
# What fails
# ------------------------------------------------------------------------------------------


def failing_at(call: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, but for one call (counted from 0) that finds the disk full."""
    calls = iter(range(1_000))

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise OSError(errno.ENOSPC, "no space left")
        return function(*args, **kwargs)

    return wrapped


@pytest.mark.usefixtures("swap")
@pytest.mark.parametrize(
    "step, call",
    [
        ("mkdir", 0),
        ("mkdir", 1),
        ("mkdir", 2),
        ("open", 0),
        ("open", 1),
        ("open", 2),
        ("fsync", 0),
        ("fsync", 2),
        ("rename", 0),
        ("rename", 1),
    ],
)
def test_a_step_that_fails_leaves_the_old_state_or_the_new(
    folder: Path, staging: Path, monkeypatch: pytest.MonkeyPatch, step: str, call: int
) -> None:
    write(folder, OLD)
    module: Any = Path if step in ("mkdir", "open") else os
    with monkeypatch.context() as patched:
        patched.setattr(module, step, failing_at(call, getattr(module, step)))
        try:
            replace_folder(folder, NEW, staging=staging)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            expected = OLD
        else:
            expected = NEW
    assert read(folder) == expected
    assert not staging.exists() or list(staging.iterdir()) == []


def test_a_first_state_that_cannot_be_put_in_place_is_none(
    folder: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "rename", failing_at(0, os.rename))
    with pytest.raises(OSError):
        replace_folder(folder, NEW, staging=staging)
    assert not folder.exists()


def test_an_interrupt_between_the_two_renames_puts_the_old_state_back(
    folder: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, OLD)
    rename = os.rename

    def interrupted(source: Path, target: Path) -> None:
        if target == folder and source.name == "new":
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(folder_swap, "_exchanged", lambda one, other: False)
    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(folder, NEW, staging=staging)
    assert read(folder) == OLD


# ------------------------------------------------------------------------------------------
# Kills
# ------------------------------------------------------------------------------------------

# Kills itself just before the Nth line that is executed in the module under test.
KILLED_AT_LINE = dedent("""\
    import os, signal, sys
    from pathlib import Path
    from version_matrix.disk import folder_swap

    folder, staging, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if sys.argv[4] == "two renames":
        folder_swap._exchanged = lambda one, other: False
    lines = 0

    def trace(frame, event, argument):
        global lines
        if frame.f_code.co_filename != folder_swap.__file__:
            return None
        if event == "line":
            lines += 1
            if lines == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    folder_swap.replace_folder(folder, {"a": b"new", "b": b"new"}, staging=staging)
    """)

# Swaps two states for as long as it lives.
SWAPPING = dedent("""\
    import sys
    from pathlib import Path
    from version_matrix.disk.folder_swap import replace_folder

    folder, staging = Path(sys.argv[1]), Path(sys.argv[2])
    states = [{name: state * 4096 for name in "abc"} for state in (b"0", b"1")]
    print("ready", flush=True)
    for turn in range(100_000):
        replace_folder(folder, states[turn % 2], staging=staging)
    """)

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.mark.parametrize("how", ["exchange", "two renames"])
def test_a_kill_before_any_line_leaves_the_old_state_or_the_new(tmp_path: Path, how: str) -> None:
    old, new = {"a": b"old", "gone": b"old"}, {"a": b"new", "b": b"new"}
    staging = tmp_path / "staging"
    seen, restored = [], 0
    for line in range(1, 200):
        folder = tmp_path / f"{line}/matrix"
        write(folder, old)
        result = subprocess.run(
            [sys.executable, "-S", "-c", KILLED_AT_LINE, folder, staging, str(line), how],
            env=ENVIRONMENT,
        )
        in_place = folder.exists()
        assert restore_folders(staging) == (() if in_place else (folder,))
        restored += not in_place
        seen.append(read(folder))
        assert seen[-1] in (old, new), f"killed before line {line}"
        assert not staging.exists() or list(staging.iterdir()) == []
        if result.returncode == 0:
            break
        assert result.returncode == -signal.SIGKILL
    else:
        pytest.fail("the replacement never came to its end")
    # Only two renames leave neither state in place, and do so at some line.
    assert bool(restored) is (how == "two renames")
    # It was killed on both sides of the exchange, and there is one point of no return.
    exchange = seen.index(new)
    assert 0 < exchange < len(seen) - 1
    assert seen == [old] * exchange + [new] * (len(seen) - exchange)


def test_a_state_that_was_replaced_since_is_not_put_back(folder: Path, staging: Path) -> None:
    room = staging / "matrix-killed"
    write(room / "old", OLD)
    (room / "place").write_text(os.path.relpath(folder, staging))
    write(folder, NEW)
    assert restore_folders(staging) == ()
    assert read(folder) == NEW
    assert list(staging.iterdir()) == []


def test_a_kill_at_any_time_leaves_one_state_or_the_other(tmp_path: Path) -> None:
    states = [{name: state * 4096 for name in "abc"} for state in (b"0", b"1")]
    folder = tmp_path / "matrix"
    write(folder, states[0])
    delays = random.Random(0)
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", SWAPPING, folder, tmp_path / "staging"],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            try:
                process.wait(timeout=delays.uniform(0.001, 0.03))
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.returncode == -signal.SIGKILL
        assert read(folder) in states
