"""What is known about Pythons."""

from __future__ import annotations

from datetime import date

import pytest

from release_sampler import SamplerError
from release_sampler.basis.pythons import (
    admits_python,
    by_age,
    classified_pythons,
    minor_of,
    parse_python_range,
    released_before,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.8..3.11", ("3.8", "3.9", "3.10", "3.11")),
        ("3.12", ("3.12",)),
        ("3.12, 3.9", ("3.9", "3.12")),
        ("3.9,3.11..3.12,3.11", ("3.9", "3.11", "3.12")),
        ("3.8.18,3.13.0", ("3.8.18", "3.13.0")),
    ],
)
def test_ranges_of_pythons(text: str, expected: tuple[str, ...]) -> None:
    assert parse_python_range(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "3", "2.7", "3.99", "3.12t", "3.13t..3.15", "pypy3.14t", "3.8..", "3.9..3.8", "python3.8"],
)
def test_unknown_pythons_are_refused(text: str) -> None:
    with pytest.raises(SamplerError, match="Python"):
        parse_python_range(text)


def test_the_error_names_the_choices() -> None:
    with pytest.raises(SamplerError, match=r"unknown Python '3.99'.*3\.0 to 3\.15.*as in 3\.12"):
        minor_of("3.99")


def test_pythons_are_ordered_by_age_not_as_text() -> None:
    assert by_age(["3.10", "3.9", "3.9"]) == ("3.9", "3.10")


@pytest.mark.parametrize(
    ("classifiers", "expected"),
    [
        ([], ()),
        (
            ["Programming Language :: Python :: 3 :: Only", "Programming Language :: Python :: 3"],
            (),
        ),
        (
            ["Programming Language :: Python :: 3.10", "Programming Language :: Python :: 3.9"],
            ("3.9", "3.10"),
        ),
        (["Programming Language :: Python :: 2.7"], ()),
        (["Programming Language :: Python :: Free Threading :: 2 - Beta"], ()),
        (["Programming Language :: Python :: 3.13t"], ()),
        (["Framework :: Django :: 3.2"], ()),
    ],
)
def test_classifiers(classifiers: list[str], expected: tuple[str, ...]) -> None:
    assert classified_pythons(classifiers) == expected


@pytest.mark.parametrize(
    ("requires_python", "minor", "expected"),
    [
        ("", "3.8", True),
        (">=3.8.1", "3.8", True),
        (">=3.8.1", "3.7", False),
        ("<3.8.5", "3.8", True),
        ("<3.8", "3.8", False),
        ("!=3.0.*,!=3.1.*,>=2.7", "3.1", False),
        (">=3.10", "3.9", False),
        ("==3.9.7", "3.9", True),
        ("<4", "3.13", True),
    ],
)
def test_any_patch_of_a_python_counts(requires_python: str, minor: str, expected: bool) -> None:
    assert admits_python(requires_python, minor) is expected


def test_a_python_counts_from_the_day_after_its_first_final_release() -> None:
    assert not released_before(date(2020, 10, 5), "3.9")
    assert released_before(date(2020, 10, 6), "3.9")
