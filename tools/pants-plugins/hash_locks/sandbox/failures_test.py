from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from pip._vendor.packaging.version import Version

from hash_locks.sandbox import failures
from hash_locks.sandbox.testing.compiling import ON, add_wheel, compiled, served


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
