"""The plugin as other teams get it: from an index, into a repository of their own."""

from __future__ import annotations

import shutil
from typing import Iterator

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import MATRIX, Repository, make_repository

FOREIGN = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python"]
plugins = ["pants-version-matrix"]
[python-repos]
indexes.add = ["{url}/"]
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, index: PackageIndex) -> Iterator[Repository]:
    """A repository that knows the plugin by its name alone."""
    wheels = tmp_path_factory.mktemp("wheels")
    shutil.unpack_archive("wheels.tar", wheels)
    for name in ("matrix-results", "pants-version-matrix", "release-sampler"):
        (wheel,) = wheels.glob(f"{name.replace('-', '_')}-*.whl")
        index.upload(name, wheel)
    repository = make_repository(
        tmp_path_factory.mktemp("foreign"), index.url, FOREIGN.format(url=index.url)
    )
    repository.env["PYTHONPATH"] = _without_sources(repository.env["PYTHONPATH"])
    try:
        yield repository
    finally:
        repository.stop()


def _without_sources(path: str) -> str:
    """What Pants may import: nothing of this repository."""
    return ":".join(part for part in path.split(":") if "site-packages" in part)


def test_a_foreign_repository_generates_tests_and_selects(foreign: Repository) -> None:
    output = foreign.succeed("generate-matrix", "::")
    assert f"[1/1] {MATRIX}: 4 samples, 8 cells, changed" in output
    foreign.commit("generate")
    tested = foreign.succeed("test", f"{MATRIX}#2.0.0@python=3.12")
    assert tested.count("succeeded in") == 1
    foreign.git("checkout", "-q", "-b", "branch")
    lock = "lib/tests/example/matrix/1.1.0.lock"
    foreign.write({lock: foreign.read(lock) + "# edited\n"})
    foreign.commit("edit a lock")
    assert foreign.changed() == [f"{MATRIX}#1.1.0@python=3.12", f"{MATRIX}#1.1.0@python=3.9"]
