from __future__ import annotations

from typing import Dict, Iterator

import pytest

from matrix_end_to_end.package_index import PackageIndex, serve
from matrix_end_to_end.repository import MATRIX, Repository, make_repository

RELEASES = {
    "1.0.0": "2024-01-01T00:00:00Z",
    "1.1.0": "2024-03-01T00:00:00Z",
    "1.2.0": "2024-05-01T00:00:00Z",
    "2.0.0": "2024-07-01T00:00:00Z",
}


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """An index with a few releases of the package that the library integrates."""
    for index in serve(tmp_path_factory.mktemp("index") / "index"):
        for version, uploaded in RELEASES.items():
            index.release(
                "matrix-example",
                version,
                uploaded=uploaded,
                code=f"NAME = 'example'  # {version}\n",
            )
        yield index


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, index: PackageIndex) -> Iterator[Repository]:
    """The repository of all modules that run together: a Pants is slow to start."""
    repository = make_repository(tmp_path_factory.mktemp("repository"), index.url)
    try:
        yield repository
    finally:
        repository.stop()


@pytest.fixture(scope="module")
def repository(shared: Repository, index: PackageIndex) -> Iterator[Repository]:
    """A repository whose suite is not generated yet; it and the index are left as they were."""
    links, start = dict(index.links), shared.git("rev-parse", "main").strip()
    yield shared
    index.restore(links)
    shared.git("merge", "--abort", check=False)
    shared.git("checkout", "-q", "-f", "-B", "main", start)
    shared.git("clean", "-q", "-f", "-d", "-x", "lib", "dist")


@pytest.fixture(scope="module")
def generated(repository: Repository) -> Dict[str, str]:
    """The suite's files after the first generation, committed."""
    output = repository.succeed("generate-matrix", "::")
    assert f"[1/1] {MATRIX}: 4 samples, 8 cells, changed" in output
    repository.commit("generate the matrix")
    return repository.generated()


@pytest.fixture
def pristine(
    repository: Repository, index: PackageIndex, generated: Dict[str, str]
) -> Iterator[None]:
    """Starts from the generated state and the index that gave it, and leaves both so."""
    links = dict(index.links)
    yield
    index.restore(links)
    repository.git("merge", "--abort", check=False)
    repository.git("checkout", "-q", "-f", "main")
    repository.git("clean", "-q", "-f", "-d")
