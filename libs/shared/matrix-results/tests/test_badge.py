"""Badges say the gravest thing that is known."""

import re
from typing import Any, Sequence
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_runs import cell, run, suite
from matrix_results import Badge, Cell, Run, Status, badges, matrix_badge, suite_badge
from matrix_results.render import badge

# A busy machine is no finding.
unhurried = settings(deadline=None)

OLD, NEW = cell("0.16.1"), cell("0.28.1")
FAILED = cell("0.20", status=Status.FAILED)
KNOWN = cell("0.21", status=Status.KNOWN_FAILURE)
UNRESOLVABLE = cell("0.22", status=Status.UNRESOLVABLE)
NOT_RUN = cell("0.23", status=Status.NOT_RUN)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([OLD, NEW], "0.16.1 – 0.28.1"),
        ([NEW], "0.28.1"),
        ([OLD, KNOWN, NEW], "0.16.1 – 0.28.1"),
        ([KNOWN], "known failures only"),
        ([OLD, FAILED, UNRESOLVABLE, NOT_RUN], "2 of 4 failing"),
        ([OLD, NOT_RUN], "1 of 2 not run"),
        ([], "not generated"),
    ],
)
def test_the_badge_of_a_suite(cells: Sequence[Cell], message: str) -> None:
    found = suite_badge(suite(*cells))
    assert (found.label, found.message) == ("httpx", message)


def test_the_colour_is_green_only_if_everything_ran_and_was_as_expected() -> None:
    green, grey, red = (suite_badge(suite(*c)).colour for c in ([OLD], [OLD, NOT_RUN], [FAILED]))
    assert len({green, grey, red}) == 3
    assert suite_badge(suite(OLD, KNOWN)).colour == green
    assert suite_badge(suite()).colour == grey


BROKEN = suite(address="new:matrix", problem="There is no samples.json.")


@pytest.mark.parametrize(
    ("given", "message", "green"),
    [
        (run(suite(OLD, KNOWN)), "1 passed", True),
        (run(suite(OLD), BROKEN), "1 of 2 suites not generated", False),
        (run(suite(OLD, NOT_RUN), BROKEN), "1 of 2 suites not generated", False),
        (run(suite(OLD), other_suites=2), "2 of 3 suites not reported", False),
        (run(suite(OLD), BROKEN, other_suites=2), "1 of 4 suites not generated", False),
        (run(suite(OLD, FAILED), BROKEN, other_suites=2), "1 of 2 failing", False),
    ],
)
def test_the_badge_of_the_matrix(given: Run, message: str, green: bool) -> None:
    found = matrix_badge(given)
    assert (found.label, found.message) == ("matrix", message)
    assert (found.colour == suite_badge(suite(OLD)).colour) is green


def test_the_files() -> None:
    found = badges(
        run(
            suite(OLD, address="a:matrix"),
            suite(OLD, address="b/one:matrix", package="redis[hiredis]>=4"),
            suite(FAILED, address="b/two:matrix", package="redis<4"),
            suite(address="c/trace-baton/tests/own:matrix", package=None),
        )
    )
    assert {name: content.label for name, content in found.items()} == {
        "httpx.svg": "httpx",
        "b.one.matrix.svg": "redis",
        "b.two.matrix.svg": "redis",
        "own.svg": "own",
        "matrix.svg": "matrix",
    }
    assert found["matrix.svg"].message == "1 of 3 failing"


def test_a_package_called_matrix_does_not_take_the_place_of_all() -> None:
    found = badges(run(suite(OLD, address="a:m", package="matrix>=1")))
    assert (found["a.m.svg"].message, found["matrix.svg"].message) == ("0.16.1", "1 passed")


@unhurried
@given(
    address=st.text(min_size=1, max_size=50), package=st.text(min_size=1, max_size=50) | st.none()
)
def test_file_names_are_safe(address: str, package: Any) -> None:
    for name in badges(run(suite(NEW, address=address, package=package))):
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.svg", name)


def test_the_image_is_as_wide_as_its_text() -> None:
    """What is wider than its letters would be set apart, and what is narrower pressed together."""

    def width(text: str) -> float:
        root = ElementTree.fromstring(badge(Badge(text, "", "#000")))
        return float(root.findall("{*}g/{*}text")[0].get("textLength", "0"))

    assert width("iiii") * 2 < width("httpx") < width("WWWWW")
    # Verdana at 11 pixels.
    assert width("0.16.1 – 0.28.1") == round((9 * 636 + 4 * 364 + 2 * 352) * 11 / 1000)


def test_the_image_is_well_formed_and_escaped() -> None:
    image = badge(suite_badge(suite(cell('<script>"&'))))
    root = ElementTree.fromstring(image)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-label") == 'httpx: <script>"&'
    assert "<script>" not in image
