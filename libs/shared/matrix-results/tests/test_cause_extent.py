"""The smallest true description of some cells among others."""

from __future__ import annotations

import re
from typing import List, Set, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix_results.causes import extent

VERSIONS = ("0.16", "0.19", "0.25", "0.28")
PYTHONS = ("3.8", "3.9", "3.12", "3.13")
GRID = [(version, python) for version in VERSIONS for python in PYTHONS]


def told(cells: Set[Tuple[str, str]], ordered: List[Tuple[str, str]] = GRID) -> Tuple[str, str]:
    found = extent(cells, set(ordered) - cells, ordered=ordered, package="httpx")
    return found.told, found.since


def grid(versions: Tuple[str, ...], pythons: Tuple[str, ...] = PYTHONS) -> Set[Tuple[str, str]]:
    return {(version, python) for version in versions for python in pythons}


@pytest.mark.parametrize(
    "cells, expected, since",
    [
        (set(GRID), "all of 16", ""),
        (set(), "none", ""),
        (grid(VERSIONS[2:]), "httpx >= 0.25, any Python", "0.25"),
        (grid(VERSIONS[:2]), "httpx <= 0.19, any Python", ""),
        (grid(VERSIONS[1:3]), "httpx 0.19 to 0.25, any Python", "0.19"),
        (grid(("0.28",)), "httpx 0.28, any Python", "0.28"),
        (grid(VERSIONS, ("3.13",)), "Python 3.13 alone", ""),
        (grid(VERSIONS, ("3.12", "3.13")), "Python >= 3.12", ""),
        (grid(VERSIONS, ("3.9", "3.12")), "Python 3.9 to 3.12", ""),
        (grid(VERSIONS[2:], ("3.13",)), "httpx >= 0.25 on Python 3.13", "0.25"),
        ({("0.25", "3.9")}, "httpx 0.25 on Python 3.9", "0.25"),
        ({("0.16", "3.9")}, "httpx 0.16 on Python 3.9", ""),
        (
            grid(VERSIONS[2:]) | grid(VERSIONS, ("3.13",)),
            "Python 3.13 alone; httpx >= 0.25, any Python",
            "",
        ),
        (
            {("0.16", "3.8"), ("0.19", "3.9"), ("0.25", "3.12"), ("0.28", "3.13")},
            "0.16 on 3.8; 0.19 on 3.9; 0.25 on 3.12; 0.28 on 3.13",
            "",
        ),
    ],
)
def test_what_cells_have_in_common(cells: Set[Tuple[str, str]], expected: str, since: str) -> None:
    assert told(cells) == (expected, since)


def test_what_has_no_cell_is_not_in_the_way() -> None:
    """A sampled matrix has holes: a release is on its oldest and newest Python."""
    ordered = [
        ("0.16", "3.8"),
        ("0.16", "3.9"),
        ("0.25", "3.8"),
        ("0.25", "3.12"),
        ("0.28", "3.13"),
    ]
    assert told(set(ordered[2:]), ordered) == ("httpx >= 0.25, any Python", "0.25")
    assert told({ordered[4]}, ordered) == ("httpx 0.28 on Python 3.13", "")


def test_one_python_is_not_told_of() -> None:
    ordered = [("0.16", "3.12"), ("0.19", "3.12"), ("0.25", "3.12")]
    assert told(set(ordered[1:]), ordered) == ("httpx >= 0.19", "0.19")


def test_axes_are_told_by_name() -> None:
    ordered = [
        (f"{release}@anyio={anyio}", python)
        for release in ("0.25", "0.28")
        for anyio in ("3.7", "4.10")
        for python in ("3.9", "3.13")
    ]
    newer = {key for key in ordered if "anyio=4.10" in key[0]}
    assert told(newer, ordered) == ("anyio 4.10, any Python", "")
    both = {key for key in newer if key[0].startswith("0.28")}
    assert told(both, ordered) == ("httpx 0.28 with anyio 4.10, any Python", "0.28")


@settings(max_examples=300, deadline=None)
@given(st.sets(st.sampled_from(GRID)), st.sets(st.sampled_from(GRID)))
def test_a_description_holds_of_the_cells_and_of_no_other(
    cells: Set[Tuple[str, str]], unknown: Set[Tuple[str, str]]
) -> None:
    others = set(GRID) - cells - unknown
    found = extent(cells, others, ordered=GRID, package="httpx")
    if found.told.startswith("all of ") or found.told == "none":
        assert not (others if cells else cells)
        return
    held = {key for key in cells | others if any(_holds(p, key) for p in found.told.split("; "))}
    assert held == cells
    if found.since:
        assert found.since in {version for version, _ in cells}
        assert min(cells, key=GRID.index)[0] == found.since


def _holds(part: str, key: Tuple[str, str]) -> bool:
    """Whether a part of a description is true of a cell: read as a person would."""
    version, python = key
    listed = re.fullmatch(r"([\d.]+) on ([\d., ]+)", part)
    if listed:
        return version == listed[1] and python in listed[2].split(", ")
    for name, value, order in (("httpx", version, VERSIONS), ("Python", python, PYTHONS)):
        said = re.search(rf"{name} (>= |<= )?(\d[\d.]*)(?: to (\d[\d.]*))?", part)
        if said:
            place, low = order.index(value), order.index(said[2])
            high = order.index(said[3]) if said[3] else low
            first = 0 if said[1] == "<= " else low
            last = len(order) - 1 if said[1] == ">= " else high
            if not first <= place <= last:
                return False
    return True


def test_a_matrix_without_shape_takes_no_time() -> None:
    ordered = [(f"{major}.0", f"3.{minor}") for major in range(40) for minor in range(9)]
    cells = {key for number, key in enumerate(ordered) if number * number % 7 % 3}
    assert told(cells, ordered)[0].endswith("more releases")
