from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from version_matrix import sandbox as scripts

SCRIPT = Path(scripts.__file__).with_name("find_pythons.py")


def interpreter(path: Path, told: str = "", *, exit_code: int = 0, runs: str = "") -> Path:
    """An executable that stands for a Python: it prints what an interpreter says of itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho x >> {path}.runs\n{runs}\n{told}\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def python(path: Path, version: str, implementation: str = "cpython", flag: str = "") -> Path:
    """A Python that works; what it says of its build is what lies beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    build = path.with_name(f"{path.name}.build")
    build.write_text(f"{version} (main, today)")
    told = f"{implementation}\\n{version}\\n{flag}\\n%s\\n%s\\n"
    return interpreter(path, f'printf \'{told}\' "$(cat {build})" "$0"')


def look(want: list[str], *entries: Path) -> dict[str, Any]:
    done = subprocess.run(
        (sys.executable, SCRIPT, *(f"--want={name}" for name in want), "--", *entries),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def paths(want: list[str], *entries: Path) -> dict[str, str]:
    return {name: told["path"] for name, told in look(want, *entries)["found"].items()}


def was_run(path: Path) -> bool:
    return Path(f"{path}.runs").exists()


def test_a_real_python_is_found_with_a_hash_of_its_executable_and_build(tmp_path: Path) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    executable = Path(sys.executable).resolve()
    (tmp_path / "python").symlink_to(sys.executable)
    build = " ".join(sys.version.split()).encode()
    assert look([version], tmp_path)["found"] == {
        version: {
            "path": str(executable),
            "fingerprint": hashlib.sha256(executable.read_bytes() + build).hexdigest(),
        }
    }


def test_a_python_that_was_upgraded_in_place_is_another(tmp_path: Path) -> None:
    """Its executable stays what it was where all of it lies in a library."""
    found = python(tmp_path / "python3.12", "3.12.4")
    before = look(["3.12.1"], tmp_path)["found"]["3.12.1"]
    (tmp_path / "python3.12.build").write_text("3.12.4 (main, a day later)")
    after = look(["3.12.1"], tmp_path)["found"]["3.12.1"]
    assert before["path"] == after["path"] == str(found)
    assert before["fingerprint"] != after["fingerprint"]


def test_all_that_are_wanted_are_found_in_one_look(tmp_path: Path) -> None:
    first = python(tmp_path / "a" / "python3.12", "3.12.4")
    second = python(tmp_path / "b" / "python3.13", "3.13.0")
    assert paths(["3.12.1", "3.13.0"], first.parent, second.parent) == {
        "3.12.1": str(first),
        "3.13.0": str(second),
    }


def test_the_first_along_the_path_wins_and_no_more_are_run(tmp_path: Path) -> None:
    first = python(tmp_path / "a" / "python3.12", "3.12.4")
    later = [python(tmp_path / f"b{n}" / "python3.12", "3.12.9") for n in range(64)]
    assert paths(["3.12.1"], first.parent, *(path.parent for path in later)) == {
        "3.12.1": str(first)
    }
    assert not was_run(later[-1])


def test_an_entry_may_be_an_interpreter_of_any_name(tmp_path: Path) -> None:
    entry = python(tmp_path / "snake", "3.12.4")
    assert paths(["3.12.1"], tmp_path / "missing", entry) == {"3.12.1": str(entry)}


def test_a_shim_that_does_not_run_is_passed_over_and_told(tmp_path: Path) -> None:
    shim = interpreter(tmp_path / "a" / "python3.12", "echo 'not installed' >&2", exit_code=127)
    real = python(tmp_path / "b" / "python3", "3.12.4")
    assert paths(["3.12.1"], shim.parent, real.parent) == {"3.12.1": str(real)}
    assert look(["3.12.1"], shim.parent)["passed_over"] == {
        "3.12.1": [f"{shim} exit status 127: not installed"]
    }


@pytest.mark.parametrize(
    "told, why",
    [
        ("echo nonsense", "exit status 0"),
        ("printf 'cpython\\n3.12.1\\n\\n\\n'", "does not know its own executable"),
    ],
)
def test_what_says_nothing_of_use_is_passed_over(tmp_path: Path, told: str, why: str) -> None:
    odd = interpreter(tmp_path / "python3.12", told)
    assert look(["3.12.1"], tmp_path) == {"found": {}, "passed_over": {"3.12.1": [f"{odd} {why}"]}}


def test_what_cannot_be_executed_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    assert look(["3.12.1"], tmp_path)["passed_over"] == {
        "3.12.1": [f"{broken} cannot be run: Exec format error"]
    }


def test_an_older_patch_level_does_not_serve_and_is_told(tmp_path: Path) -> None:
    old = python(tmp_path / "python3.12", "3.12.0")
    assert look(["3.12.1"], tmp_path) == {
        "found": {},
        "passed_over": {"3.12.1": [f"{old} is 3.12.0"]},
    }


def test_builds_and_implementations_are_told_apart(tmp_path: Path) -> None:
    """All of them are called `python3.14` in the folder that pyenv gives each."""
    free = python(tmp_path / "1" / "python3.14", "3.14.2", flag="t")
    pypy = python(tmp_path / "2" / "python3.14", "3.14.1", implementation="pypy")
    plain = python(tmp_path / "3" / "python3.14", "3.14.2")
    folders = [path.parent for path in (free, pypy, plain)]
    assert paths(["3.14.0", "3.14.0t", "pypy3.14.0"], *folders) == {
        "3.14.0": str(plain),
        "3.14.0t": str(free),
        "pypy3.14.0": str(pypy),
    }
    assert look(["3.14.0"], *folders[:2])["passed_over"] == {
        "3.14.0": [f"{free} is 3.14.2t", f"{pypy} is pypy3.14.1"]
    }


def test_each_is_found_by_its_own_name(tmp_path: Path) -> None:
    free = python(tmp_path / "python3.14t", "3.14.2", flag="t")
    pypy = python(tmp_path / "pypy3.11", "3.11.13", implementation="pypy")
    assert paths(["3.14.0t", "pypy3.11.13"], tmp_path) == {
        "3.14.0t": str(free),
        "pypy3.11.13": str(pypy),
    }


def test_what_is_another_version_by_its_name_is_not_run(tmp_path: Path) -> None:
    others = [python(tmp_path / name, "3.12.4") for name in ("python2", "python3.7", "pypy3.9")]
    configuration = interpreter(tmp_path / "python3-config")
    link = tmp_path / "python"
    link.symlink_to("python3.7")
    assert look(["3.12.1"], tmp_path) == {"found": {}, "passed_over": {"3.12.1": []}}
    assert not any(was_run(path) for path in (*others, configuration, link))


@pytest.mark.parametrize("name", ["3.12", "python3.12.1", "3.12.1x"])
def test_a_name_that_is_none_is_an_error_that_shows(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        (sys.executable, SCRIPT, f"--want={name}", "--", tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode != 0
    assert f"{name!r} is no Python such as 3.12.1" in done.stderr
