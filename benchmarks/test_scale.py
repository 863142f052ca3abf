"""What the repositories of a shape hold, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scale import CHANGED, LOCKED, LOCKS, Shape, make_pytest, real_locks, synthetic, tell

LOCK = """\
# pythons: {pythons}
# requires: it=={release}
it=={release} \\
    --hash=sha256:aa
pytest==8.3.5 ; python_version <= '3.8' \\
    --hash=sha256:bb
pytest==9.2.0 ; python_version >= '3.9' \\
    --hash=sha256:cc
zipp==1 \\
    --hash=sha256:dd
"""


@pytest.mark.parametrize("shape", [Shape(8, 20), Shape(200, 60)])
def test_a_repository_has_the_modules_and_cells_of_its_shape(shape: Shape) -> None:
    files = synthetic(shape, ["a", "b"])
    assert sum(path.startswith("src/app/m") for path in files) == shape.modules
    # Two Pythons a lock.
    assert sum(path.endswith(".lock") for path in files) * 2 == shape.cells


def test_the_newest_locks_that_hold_for_both_pythons_with_another_pytest(tmp_path: Path) -> None:
    for suite in LOCKED:
        folder = tmp_path / LOCKS / suite / "matrix"
        folder.mkdir(parents=True)
        for release, pythons in (("9.0", "3.8, 3.13, 3.14"), ("10.0", "3.13, 3.14"), ("11", "3.8")):
            text = LOCK.format(pythons=pythons, release=release)
            (folder / f"{release}.lock").write_text(text)
    locks = real_locks(tmp_path, "pytest==0\n")
    assert len(locks) == len(LOCKED)
    assert {lock.partition("it==")[2].partition("\n")[0] for lock in locks} == {"10.0"}
    assert locks[0].endswith("zipp==1 \\\n    --hash=sha256:dd\npytest==0\n")
    assert "pytest==8" not in locks[0] and "pytest==9" not in locks[0]


def test_what_stands_for_pytest_says_that_a_test_has_passed(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    # The same to the byte, so that results are found again.
    assert make_pytest(tmp_path / "one") == make_pytest(tmp_path / "other")
    zipfile.ZipFile(tmp_path / "one/pytest-0-py3-none-any.whl").extractall(tmp_path)
    run = "import sys; sys.path.insert(0, ''); import pytest\n"
    run += "pytest.hookimpl(trylast=True)(print)\n"
    run += "sys.exit(pytest.main(['--junit-xml=r.xml', 'test_it.py'], plugins=[]))\n"
    subprocess.run((sys.executable, "-I", "-c", run), cwd=tmp_path, check=True)
    assert (tmp_path / "r.xml").read_text().count("<testcase") == 1


def test_a_figure_that_reaches_its_bound_is_told() -> None:
    assert tell(CHANGED, [1.9, 2.0]) == [f"{CHANGED}: 2.00"]
    assert tell("what has none", [1000]) == []
