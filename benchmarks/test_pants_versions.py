"""What stands for the compiled half of a Pants, and how versions of it are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pants_probe
from pants_versions import Version, main, published, versions

STUB = """
from __future__ import annotations
from typing import AbstractSet, Generic, Mapping, TypeVar, overload
from pants.elsewhere import Never

T = TypeVar("T")
CONSTANT: Never

def folder() -> str: ...

class Plain(Generic[T]):
    NAMED: Plain = 1
    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, given: Never) -> None: ...

class FrozenDict(Mapping[T, T]):
    def __getitem__(self, key: T) -> T: ...

class Ordered(AbstractSet[T]): ...

class LockedMap: ...
"""

USER = """
import pants.native as native

class Below(native.Plain[int]): ...
below = Below()
assert native.folder() + "x" == "x"
assert native.FrozenDict({1: 2})[1] == 2 and list(native.Ordered([1])) == [1]
assert native.LockedMap().get_or_insert(1, lambda: 2) == 2
assert native.Plain.NAMED == 1 and native.CONSTANT is not None
native.NotInTheStub()
"""


def test_a_stub_stands_for_what_is_compiled(tmp_path: Path) -> None:
    package = tmp_path / "pants"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "native.pyi").write_text(STUB)
    (tmp_path / "user.py").write_text(
        "import sys, pants_probe\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"sys.meta_path.insert(0, pants_probe.Stubs())\n{USER}"
    )
    environment = {"PYTHONPATH": str(Path(pants_probe.__file__).parent)}
    command = [sys.executable, str(tmp_path / "user.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def make(folder: Path, name: str, constraint: str) -> Version:
    root = folder / name
    (root / "src/python/pants").mkdir(parents=True)
    (root / "src/python/pants/VERSION").write_text(name)
    (root / "pants.toml").write_text(f"[python]\ninterpreter_constraints = ['{constraint}']\n")
    return Version(name, root)


def test_versions_are_found_in_their_order(tmp_path: Path) -> None:
    for name in ("2.9.0", "2.34.0", "2.34.0.dev3", "2.27.1"):
        make(tmp_path, name, "==3.11.*")
    (tmp_path / "notes").mkdir()
    found = [version.name for version in versions(tmp_path)]
    assert found == ["2.9.0", "2.27.1", "2.34.0", "2.34.0.dev3"]


@pytest.mark.parametrize("constraint, python", [("==3.14.*", "3.14"), (">=3.7,<3.10", "3.9")])
def test_a_version_says_its_python(constraint: str, python: str, tmp_path: Path) -> None:
    assert make(tmp_path, "2.30.0", constraint).python() == python


def test_what_is_for_debugging_is_not_installed(tmp_path: Path) -> None:
    version = make(tmp_path, "2.30.0", "==3.11.*")
    file = version.root / "3rdparty/python/requirements.txt"
    file.parent.mkdir(parents=True)
    file.write_text(
        "# A note.\nPyYAML>=6  # why\n\n# These dependencies are only for debugging\ndebugpy==1\n"
    )
    assert version.requirements() == ["PyYAML>=6"]


def test_every_plugin_that_is_a_wheel_is_looked_at() -> None:
    assert {"version_matrix", "hash_locks"} <= set(published())
    assert "shell_lint" not in published()


def test_nothing_checked_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"--sources={tmp_path}"]) == 1
    make(tmp_path, "2.99.0", "==3.99.*")
    assert main([f"--sources={tmp_path}"]) == 1
    assert "2.99.0: not checked, it wants a Python 3.99" in capsys.readouterr().out
