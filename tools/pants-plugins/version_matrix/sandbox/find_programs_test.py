from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from version_matrix import sandbox as scripts
from version_matrix.sandbox import find_programs

SCRIPT = Path(scripts.__file__).with_name("find_programs.py")


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {path}\n")
    path.chmod(mode)
    return path


def find(names: list[str], *folders: object) -> Any:
    done = subprocess.run(
        (sys.executable, SCRIPT, *(f"--name={n}" for n in names), "--", *map(str, folders)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_first_along_the_folders_with_the_hash_of_its_file(tmp_path: Path) -> None:
    first = program(tmp_path / "b/initdb")
    program(tmp_path / "c/initdb")
    (tmp_path / "a").mkdir()
    assert find(["initdb"], *(tmp_path / name for name in "abc")) == {
        "path": str(first),
        "fingerprint": hashlib.sha256(first.read_bytes()).hexdigest(),
    }


def test_of_several_names_the_first_that_is_there(tmp_path: Path) -> None:
    second = program(tmp_path / "a/valkey-server")
    names = ["redis-server", "valkey-server"]
    assert find(names, tmp_path / "a")["path"] == str(second)
    first = program(tmp_path / "b/redis-server")
    assert find(names, tmp_path / "a", tmp_path / "b")["path"] == str(first)


def test_of_a_glob_the_highest_number(tmp_path: Path) -> None:
    for version in ("9", "15", "9.6"):
        program(tmp_path / version / "bin/initdb")
    assert find(["initdb"], tmp_path / "*/bin")["path"] == str(tmp_path / "15/bin/initdb")


def test_what_may_be_executed_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "sudo", 0o111)

    def refuse(*_: object) -> None:
        raise PermissionError("Permission denied")

    # Root may read whatever there is.
    monkeypatch.setattr("builtins.open", refuse)
    one = find_programs.fingerprint(str(path))
    assert one == find_programs.fingerprint(str(path))
    monkeypatch.undo()
    path.write_text("another")
    monkeypatch.setattr("builtins.open", refuse)
    assert one != find_programs.fingerprint(str(path))


@pytest.mark.parametrize("mode", [0o644])
def test_what_cannot_be_executed_is_none(tmp_path: Path, mode: int) -> None:
    program(tmp_path / "initdb", mode)
    (tmp_path / "b/initdb").mkdir(parents=True)
    assert find(["initdb"], tmp_path, tmp_path / "b", tmp_path / "missing", "relative") == {}
