"""The folder of a report is replaced by the next, and nothing else ever is."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict

import pytest

from matrix_results.output_folder import NoReport, replace_folder

OLD = {"index.html": b"old", "report.json": b"old", "badges/gone.svg": b"old"}
NEW = {"index.html": b"new", "report.json": b"new", "support.md": b"new"}


def write(folder: Path, files: Dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> Dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dist" / "matrix"


def test_a_report_replaces_nothing_an_empty_folder_and_a_report(folder: Path) -> None:
    replace_folder(folder, OLD)
    assert read(folder) == OLD
    replace_folder(folder, NEW)
    assert read(folder) == NEW
    for path in folder.iterdir():
        path.unlink()
    replace_folder(folder, NEW)
    assert read(folder) == NEW
    assert os.listdir(folder.parent) == ["matrix"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"main.py": b""}, "holds main.py"),
        ({**OLD, ".git/config": b""}, "holds .git"),
        ({"index.html": b""}, "has no report.json"),
        ({"report.json": b""}, "has no index.html"),
    ],
)
def test_a_folder_that_is_no_report_is_refused(
    folder: Path, files: Dict[str, bytes], told: str
) -> None:
    write(folder, files)
    with pytest.raises(NoReport, match=f"{told}, so it is not a report and is not replaced"):
        replace_folder(folder, NEW)
    assert read(folder) == files
    assert os.listdir(folder.parent) == ["matrix"]


def test_the_folder_one_stands_in_is_refused_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(folder, {"main.py": b""}))
    with pytest.raises(NoReport, match="holds main.py"):
        replace_folder(Path("."), NEW)


def test_an_ordinary_file_is_refused(folder: Path) -> None:
    write(folder.parent, {"matrix": b"mine"})
    with pytest.raises(NoReport, match="is no folder"):
        replace_folder(folder, NEW)
    assert folder.read_bytes() == b"mine"


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_is_refused(folder: Path, tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "elsewhere"
    if exists:
        write(target, OLD)
    folder.parent.mkdir()
    folder.symlink_to(target, target_is_directory=True)
    with pytest.raises(NoReport, match="is a symbolic link"):
        replace_folder(folder, NEW)
    assert folder.is_symlink()
    assert read(target) == (OLD if exists else {})


def test_what_cannot_take_its_place_leaves_the_old_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, OLD)
    rename = os.rename

    def failing(source: Path, target: Path) -> None:
        if source.name == "new":
            raise OSError("no space left")
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", failing)
        with pytest.raises(OSError, match="no space left"):
            replace_folder(folder, NEW)
    assert read(folder) == OLD
    assert os.listdir(folder.parent) == ["matrix"]


# Kills itself just before the Nth rename or removal of a folder.
KILLED = """\
import os, shutil, signal, sys
from pathlib import Path
from matrix_results.output_folder import replace_folder

def counted(function):
    def wrapped(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return wrapped

left = int(sys.argv[2])
os.rename, shutil.rmtree = counted(os.rename), counted(shutil.rmtree)
replace_folder(Path(sys.argv[1]), {"index.html": b"new", "report.json": b"new"})
"""


def test_a_kill_at_any_step_loses_no_report(tmp_path: Path) -> None:
    recovered = 0
    for step in range(1, 20):
        folder = write(tmp_path / str(step) / "matrix", OLD)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, folder, str(step)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        if done.returncode == 0:
            break
        recovered += not folder.exists()
        # Whatever the next call is given: it fails, and so shows what stood there before.
        with pytest.raises(OSError):
            replace_folder(folder, {"index.html/x": b"", "index.html": b""})
        assert read(folder) in (OLD, {"index.html": b"new", "report.json": b"new"})
        replace_folder(folder, NEW)
        assert read(folder) == NEW
    else:
        pytest.fail("the replacement never came to its end")
    assert recovered == 1
