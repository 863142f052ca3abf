"""A suite that varies two packages, from its front door."""

from __future__ import annotations

import json
import re
from typing import Dict, Iterator, List

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import Repository

SUITE = "lib/tests/together"
MATRIX = f"{SUITE}:matrix"
FILES = {
    f"{SUITE}/BUILD": (
        'python_matrix_tests(name="matrix", package="matrix-example>=1", '
        'axes=["matrix-partner>=1"])\n'
    ),
    f"{SUITE}/test_together.py": (
        "import os\n\nimport matrix_example\nimport matrix_partner\n\n\n"
        "def test_releases() -> None:\n"
        "    partner = os.environ['MATRIX_VERSION_MATRIX_PARTNER']\n"
        "    assert matrix_partner.VERSION == partner\n"
        "    own = os.environ['MATRIX_VERSION_MATRIX_EXAMPLE']\n"
        "    assert os.environ['MATRIX_VERSION'] == own\n"
        "    assert os.environ['MATRIX_AXES'] == 'matrix-partner'\n"
    ),
}


def partner(index: PackageIndex, version: str, uploaded: str, *requires: str) -> None:
    code = f"VERSION = {version!r}\n"
    index.release(
        "matrix-partner", version, uploaded=f"{uploaded}T00:00:00Z", code=code, requires=requires
    )


@pytest.fixture(scope="module")
def combined(repository: Repository, index: PackageIndex) -> Iterator[Dict[str, str]]:
    """The suite's files after the first generation, committed."""
    for version in ("1.0", "2.0"):
        index.release("matrix-helper", version, uploaded="2024-01-01T00:00:00Z")
    partner(index, "1.0", "2024-01-10", "matrix-helper<2")
    # Its metadata excludes the releases of the package before 1.2.
    partner(index, "2.0", "2024-06-01", "matrix-example>=1.2")
    # What only a resolver sees: its helper is not that of partner 1.0.
    index.release(
        "matrix-example",
        "3.0.0",
        uploaded="2024-08-01T00:00:00Z",
        code="NAME = 'example'\n",
        requires=("matrix-helper>=2",),
    )
    repository.write(FILES)
    repository.succeed("generate-matrix", MATRIX)
    repository.commit("generate the matrix")
    yield repository.generated(SUITE)


@pytest.fixture(autouse=True)
def _as_committed(
    repository: Repository, index: PackageIndex, combined: Dict[str, str]
) -> Iterator[None]:
    links = dict(index.links)
    yield
    index.restore(links)
    repository.git("merge", "--abort", check=False)
    repository.git("checkout", "-q", "-f", "main")
    repository.git("clean", "-q", "-f", "-d")


def locks(files: Dict[str, str]) -> List[str]:
    return sorted(name for name in files if name.endswith(".lock"))


def test_combinations_are_locked_and_what_cannot_go_together_is_recorded(
    repository: Repository, combined: Dict[str, str]
) -> None:
    assert locks(combined) == [
        "1.0.0@matrix-partner=1.0.lock",
        "1.1.0@matrix-partner=1.0.lock",
        "1.2.0@matrix-partner=1.0.lock",
        "2.0.0@matrix-partner=1.0.lock",
        "3.0.0@matrix-partner=2.0.lock",
    ]
    assert "matrix-partner.releases.jsonl" in combined
    document = json.loads(combined["samples.json"])
    told = [each["reason"] for each in document["impossible"]]
    # By its metadata, and by what the resolver says.
    assert any("matrix-partner 2.0 wants matrix-example>=1.2" in reason for reason in told)
    (refused,) = document["refusals"]
    assert refused["releases"] == {"matrix-example": "3.0.0", "matrix-partner": "1.0"}
    assert "wants matrix-helper<2" in refused["reason"]
    assert "0 suites changed" in repository.succeed("generate-matrix", MATRIX)
    assert repository.generated(SUITE) == combined
    assert "none out of date" in repository.succeed("generate-matrix", "--check", MATRIX)


def test_a_release_selects_all_its_cells_and_they_know_what_they_are(
    repository: Repository,
) -> None:
    listed = repository.succeed("list", f"{MATRIX}#1.0.0").split()
    assert [each for each in listed if "#" in each] == [
        f"{MATRIX}#1.0.0@matrix-partner=1.0,python=3.12",
        f"{MATRIX}#1.0.0@matrix-partner=1.0,python=3.9",
    ]
    repository.succeed("test", "--test-report", f"{MATRIX}#1.0.0", f"{MATRIX}#3.0.0")
    assert "impossible: " in repository.succeed("matrix", "--explain", MATRIX)
    repository.succeed("matrix-report", MATRIX)
    squares = repository.read("dist/matrix/combinations.md")
    assert "| 1.0.0 | ✓3.9 ✓3.12 | impossible |" in squares
    assert "1.0.0@matrix-partner=1.0 floors (3.9, 3.12)" in repository.read(
        "dist/matrix/support.md"
    )


def test_a_new_release_of_an_axis_locks_its_own_combinations_alone(
    repository: Repository, index: PackageIndex, combined: Dict[str, str]
) -> None:
    partner(index, "3.0", "2024-09-01", "matrix-example>=1.2")
    output = repository.succeed("generate-matrix", MATRIX)
    now = repository.generated(SUITE)
    # Release 2.0, no longer the newest, is now tested with what was there when it came.
    assert sorted(set(locks(now)) - set(combined)) == [
        "1.2.0@matrix-partner=2.0.lock",
        "3.0.0@matrix-partner=3.0.lock",
    ]
    kept = set(locks(combined)) & set(now)
    assert kept and all(now[name] == combined[name] for name in kept)
    assert not re.search(r"locked \S+ anew", output)


def test_an_edited_lock_selects_its_cells_alone_and_is_mended(
    repository: Repository, combined: Dict[str, str]
) -> None:
    path = f"{SUITE}/matrix/1.0.0@matrix-partner=1.0.lock"
    repository.write({path: repository.read(path).replace("sha256:", "sha256:0", 1)})
    cells = [each for each in repository.changed() if "#" in each]
    assert cells == [
        f"{MATRIX}#1.0.0@matrix-partner=1.0,python=3.12",
        f"{MATRIX}#1.0.0@matrix-partner=1.0,python=3.9",
    ]
    repository.succeed("generate-matrix", MATRIX)
    assert repository.generated(SUITE) == combined


# Folder -> what its stanza says of axes, and what is told of it.
WRONG = {
    "itself": ("axes=['matrix-example']", "axes names matrix-example, which is the package itself"),
    "twice": ("axes=['matrix-partner', 'Matrix.Partner>=2']", "axes names matrix-partner twice"),
    "ten": (f"axes={[f'axis{number}' for number in range(10)]}", "axes has 10 packages"),
    "rule": (
        "axes=['matrix-partner'], requirements={'matrix-helper<2': ['pytest']}",
        "is about matrix-helper, which is no axis (matrix-partner)",
    ),
    "ruled": (
        "axes=['matrix-partner'], requirements={'*': ['matrix-partner<2']}",
        "asks for matrix-partner<2, and matrix-partner is an axis",
    ),
    "single": (
        "axes=['matrix-helper<2']",
        "axes names matrix-helper, of which there is one release to test (1.0)",
    ),
    "pinned": (
        "axes=['matrix-core']",
        "axes: matrix-core leaves no choice, because each release of",
    ),
    "floors": (
        "axes=['matrix-partner>=3']",
        "the floors do not go together: matrix-example 1.0.0 with matrix-partner 3.0: matrix-partner "
        "3.0 wants matrix-example>=1.2; the lowest samples that do are matrix-example>=1.2.0, "
        "matrix-partner>=3.0",
    ),
    "never": ("axes=['matrix-lonely']", "wants matrix-example>=9; no samples of them do"),
    # A rule keeps them apart, and not what they are.
    "helped": (
        "axes=['matrix-partner'], requirements={'*': ['matrix-helper>=2']}",
        "Whether something else would make locks of them is told by `./pants generate-matrix --suggest "
        "//lib/tests/helped:matrix`.",
    ),
    "gone": ("axes=['matrix-gone']", "no release matches 'matrix-gone': 2 yanked"),
    "absent": ("axes=['absent-partner']", "absent-partner"),
}


def test_axes_that_cannot_be_are_one_error_each_and_keep_no_other_suite(
    repository: Repository, index: PackageIndex, combined: Dict[str, str]
) -> None:
    """The other one is of a partner that was yanked."""
    partner(index, "3.0", "2024-09-01", "matrix-example>=1.2")
    partner(index, "3.1", "2024-09-02", "matrix-example>=1.2")
    index.release("matrix-partner", "2.0", uploaded="2024-06-01T00:00:00Z", yanked=True)
    for version in ("1.0", "2.0"):
        needs = ("matrix-example>=9",)
        uploaded = "2024-01-10T00:00:00Z"
        index.release("matrix-lonely", version, uploaded=uploaded, requires=needs)
        index.release("matrix-gone", version, uploaded=uploaded, yanked=True)
        index.release("matrix-core", version, uploaded=uploaded)
        pin = (f"matrix-core=={version}",)
        index.release("matrix-shell", version, uploaded=uploaded, requires=pin)
    index.fail("absent-partner", 404)
    for name, (said, _) in WRONG.items():
        package = "matrix-shell" if name == "pinned" else "matrix-example>=1"
        stanza = f'python_matrix_tests(name="matrix", package="{package}", {said})\n'
        repository.write({f"lib/tests/{name}/BUILD": stanza, f"lib/tests/{name}/test_it.py": ""})
    status, output = repository.pants("generate-matrix", f"{SUITE}::", *_folders())
    assert status == 1 and "Traceback" not in output
    for name, (_, told) in WRONG.items():
        failed = output.partition(f"lib/tests/{name}:matrix: FAILED, nothing written\n")[2]
        error = re.split(r"\n(?!  )", failed)[0]
        assert told in error, (name, error, output)
        assert not repository.generated(f"lib/tests/{name}")
    now = repository.generated(SUITE)
    assert locks(now) == [
        "1.0.0@matrix-partner=1.0.lock",
        "1.1.0@matrix-partner=1.0.lock",
        "1.2.0@matrix-partner=1.0.lock",
        "2.0.0@matrix-partner=1.0.lock",
        "3.0.0@matrix-partner=3.0.lock",
        "3.0.0@matrix-partner=3.1.lock",
    ]
    assert "removed 3.0.0@matrix-partner=2.0: matrix-partner 2.0 is yanked" in output
    assert "matrix-partner 2.0 was a sample and is yanked" in output
    suggested = repository.succeed("generate-matrix", "--suggest", "lib/tests/helped:matrix")
    assert 'under "matrix-partner>=3.' in suggested, suggested


def _folders() -> List[str]:
    return [f"lib/tests/{name}:matrix" for name in WRONG]
