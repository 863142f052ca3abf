from __future__ import annotations

from typing import AbstractSet, Mapping, Optional, Sequence, Tuple

import pytest

from version_matrix.drafts.model import Draft
from version_matrix.drafts.placing import placed

NO_TARGETS: Mapping[str, AbstractSet[str]] = {}


def draft(*paths: str, package: str = "httpx>=0.16", label: str = "") -> Draft:
    return Draft(package, paths, ("py312-httpx",), label)


@pytest.mark.parametrize(
    "paths, files, folder, sources",
    [
        (["tests/x"], ["tests/x/test_a.py", "tests/x/conftest.py"], "tests/x", ()),
        (["tests/x"], ["tests/x/test_a.py", "tests/x/y/b_test.py"], "tests/x", "recursive"),
        (["tests/x/test_a.py"], ["tests/x/test_a.py"], "tests/x", ()),
        (
            ["tests/x/test_a.py"],
            ["tests/x/test_a.py", "tests/x/test_b.py"],
            "tests/x",
            ("test_a.py",),
        ),
        (["tests/x/odd.py"], ["tests/x/odd.py"], "tests/x", ("odd.py",)),
        (["a/x", "a/y"], ["a/x/test_a.py", "a/y/test_b.py"], "a", ("x/test_a.py", "y/test_b.py")),
        (["."], ["test_a.py"], ".", ()),
    ],
)
def test_folder_and_sources(
    paths: Sequence[str], files: Sequence[str], folder: str, sources: "Tuple[str, ...] | str"
) -> None:
    (found,) = placed([draft(*paths)], frozenset(files), NO_TARGETS, ".")
    if sources == "recursive":
        sources = ("**/test_*.py", "**/*_test.py", "**/tests.py")
    assert (found.folder, found.name, found.sources) == (folder, "matrix", sources)
    assert found.problem is None


@pytest.mark.parametrize(
    "paths, files, problem",
    [
        ((), (), "no command says which files pytest runs: put it beside the tests"),
        (("tests/x",), (), "there is nothing at tests/x"),
        (("tests/x",), ("tests/x/data.txt",), "there is no test file below tests/x"),
    ],
)
def test_what_cannot_be_written_says_why(
    paths: Tuple[str, ...], files: Tuple[str, ...], problem: Optional[str]
) -> None:
    (found,) = placed([draft(*paths)], frozenset(files), NO_TARGETS, "root")
    assert found.problem == problem


def test_a_name_that_is_taken_gives_way_and_says_so() -> None:
    files = frozenset({"tests/x/test_a.py", "tests/y/test_a.py", "tests/y/matrix/old.lock"})
    drafts = [
        draft("tests/x"),
        draft("tests/x"),
        draft("tests/y"),
        draft("tests/x", label="sq lite"),
    ]
    found = placed(drafts, files, {"tests/x": frozenset({"matrix"})}, ".")
    assert [each.name for each in found] == [
        "matrix_httpx",
        "matrix_httpx_2",
        "matrix_httpx",
        "matrix_sq_lite",
    ]
    assert [bool(each.remarks) for each in found] == [True, True, True, False]
