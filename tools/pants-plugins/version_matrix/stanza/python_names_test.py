from __future__ import annotations

import pytest

from version_matrix.stanza import python_names


@pytest.mark.parametrize("target", ["3.6.15", "3.10.0", "3.15.0", "3.14.2t", "pypy3.11.13"])
def test_what_is_a_target_python(target: str) -> None:
    assert python_names.problem(target) is None


@pytest.mark.parametrize(
    "target", ["3.1", "3.12", "3", "3.1.0", "3.99.0", "2.7.18", "3.12.1t", "pypy3.14.0t", "x", ""]
)
def test_any_other_is_told_with_the_choices(target: str) -> None:
    told = python_names.problem(target)
    assert told is not None
    assert "3.9, 3.10, 3.11" in told and "3.14.2t" in told and "pypy3.11.13" in told


def test_pythons_are_sorted_by_age() -> None:
    pythons = ["pypy3.11.13", "3.10.0", "3.9.18", "3.11.7", "3.14.2t", "3.14.0"]
    assert sorted(pythons, key=python_names.age) == [
        "3.9.18",
        "3.10.0",
        "3.11.7",
        "pypy3.11.13",
        "3.14.0",
        "3.14.2t",
    ]


@pytest.mark.parametrize(
    "target, minor, release",
    [
        ("3.12.1", "3.12", "3.12.1"),
        ("3.8", "3.8", "3.8"),
        ("3.14.2t", "3.14t", "3.14.2"),
        ("pypy3.11.13", "pypy3.11", "3.11.13"),
    ],
)
def test_parts_of_a_name(target: str, minor: str, release: str) -> None:
    assert (python_names.minor(target), python_names.release_of(target)) == (minor, release)


@pytest.mark.parametrize("minor, lowest", [("3.12", "3.12.0"), ("3.14t", "3.14.0t")])
def test_any_patch_level(minor: str, lowest: str) -> None:
    assert python_names.lowest_patch(minor) == lowest
