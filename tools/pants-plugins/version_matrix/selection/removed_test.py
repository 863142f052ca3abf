from __future__ import annotations

import pytest

from version_matrix.selection import removed
from version_matrix.selection.git_changes import Change
from version_matrix.selection.removed import Removed


@pytest.mark.parametrize(
    "text",
    [
        "import lib.sub.example",
        "from lib.sub import example",
        "from lib.sub import (\n    core,\n    example as other,\n)",
        "from lib.sub.example import name",
        "importlib.import_module('lib.sub.example')",
        "import_module(f'lib.sub.{kind}'), 'example'",
        'FILE = "lib/sub/example.py"',
    ],
)
def test_who_names_a_module_misses_it(text: str) -> None:
    assert Removed(modules=("lib.sub.example",)).is_missed_by("app/a.py", "app.a", text)


@pytest.mark.parametrize("text", ["from .example import name", "from . import example"])
def test_who_is_in_the_same_package_may_name_it_relatively(text: str) -> None:
    lost = Removed(modules=("lib.sub.example",))
    assert lost.is_missed_by("src/lib/sub/a.py", "lib.sub.a", text)
    assert not lost.is_missed_by("src/app/a.py", "app.a", text)


@pytest.mark.parametrize(
    "text", ["", "import lib.sub.examples", "import lib.sub", "import example"]
)
def test_who_does_not_name_a_module_does_not_miss_it(text: str) -> None:
    assert not Removed(modules=("lib.sub.example",)).is_missed_by("app/a.py", "app.a", text)


def test_a_module_without_a_package() -> None:
    assert Removed(modules=("example",)).is_missed_by("a.py", "a", "import example")


@pytest.mark.parametrize(
    "path, missed", [("lib/tests/a.py", True), ("lib/tests/x/a.py", True), ("lib/a.py", False)]
)
def test_what_a_folder_lost_all_below_it_miss(path: str, missed: bool) -> None:
    assert Removed(folders=("lib/tests",)).is_missed_by(path, "a", "") is missed
    assert Removed(folders=("",)).is_missed_by(path, "a", "")


def test_folders_that_lost_something() -> None:
    gone = ("lib/a.py", "lib/tests/conftest.py", "pyproject.toml", "lib/src/lib/__init__.py")
    change = Change(gone=gone, defaults=("tools/BUILD",))
    assert removed.folders(change) == ("", "lib/src/lib", "lib/tests", "tools")


def test_where_modules_may_have_lost_their_owner() -> None:
    assert removed.globs_of_builds(Change(builds=("BUILD", "lib/BUILD"), gone=("lib/BUILD",))) == (
        "*.py",
        "*.pyi",
        "lib/**/*.py",
        "lib/**/*.pyi",
    )


def test_modules_without_an_owner() -> None:
    paths = ("lib/b.py", "lib/a.py", "lib/a.pyi", "lib/data.txt", "lib/a.py")
    assert removed.without_owner(paths, ["lib/b.py"]) == ("lib/a.py", "lib/a.pyi")


def test_nothing_is_removed_unless_something_is() -> None:
    assert not Removed()
    assert Removed(modules=("a",)) and Removed(folders=("",))
