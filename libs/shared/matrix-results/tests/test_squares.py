"""Suites that vary several packages: names of combinations, squares, floors that are proven."""

from typing import Any

import pytest

from example_runs import cell, run, suite
from matrix_results import Status, Suite, badges, causes, combinations, report_files, support
from matrix_results.grid import SIGNS
from matrix_results.render import suite_grid

FLOORS, NEWEST = "1.8@redis=3.5", "3.0@redis=8.1"


def rq(*cells: Any, **more: Any) -> Suite:
    told = {"rq 3.0 with redis 3.5": "impossible: rq 3.0 wants redis>=5", "redis 3.5": "lowest"}
    shown = cells or (
        cell(FLOORS, "3.8"),
        cell(FLOORS, "3.10", Status.FAILED, failed=1, tests=1, trial=True),
        cell("1.8@redis=8.1", "3.10", Status.KNOWN_FAILURE, reason="its issue 1"),
        cell(NEWEST, "3.13"),
        cell(NEWEST, "3.9", Status.NOT_RUN),
    )
    return suite(*shown, **{"package": "rq>=1.8", "verdicts": told, **more})


def test_a_suite_is_called_by_all_that_it_varies() -> None:
    assert rq().title == "rq>=1.8 with redis"
    assert combinations.axes(rq()) == ("redis",)
    assert combinations.releases(rq(), NEWEST) == {"rq": "3.0", "redis": "8.1"}


@pytest.mark.parametrize(
    ("suite_address", "version", "address"),
    [
        ("a:m", "1!1.8", "a:m#1~1.8@python=3.12"),
        ("a:m", "1!1.8@croniter=6.0,redis=5.0", "a:m#1~1.8@croniter=6.0,python=3.12,redis=5.0"),
        # By their names, and not as texts.
        ("a:m", "1@python-dateutil=2", "a:m#1@python=3.12,python-dateutil=2"),
        ("a:m@timeout=long", "1@redis=5", "a:m#1@python=3.12,redis=5,timeout=long"),
    ],
)
def test_addresses_are_those_of_the_cells(suite_address: str, version: str, address: str) -> None:
    one = cell(version, "3.12")
    assert suite(one, address=suite_address).address_of(one) == address
    seen = causes.SeenSuite(suite_address, "rq", ())
    assert seen.address_of((version, "3.12")) == address


def test_a_square_has_its_pythons_or_why_it_is_impossible() -> None:
    (square,) = combinations.squares(rq())
    assert (square.down, square.across, square.columns) == ("rq", "redis", ("3.5", "8.1"))
    seen = {
        (row.version, column): ([c.python for c in inside.cells], inside.impossible)
        for row in square.rows
        for column, inside in zip(square.columns, row.squares)
    }
    assert seen == {
        ("3.0", "3.5"): ([], "rq 3.0 wants redis>=5"),
        ("3.0", "8.1"): (["3.9", "3.13"], ""),
        ("1.8", "3.5"): (["3.8", "3.10"], ""),
        ("1.8", "8.1"): (["3.10"], ""),
    }


def test_every_two_of_three_packages_have_squares_and_one_has_none() -> None:
    cells = (cell("1.8@croniter=6.0,redis=5.0"), cell("2.0@croniter=6.0,redis=5.0"))
    three = rq(*cells, verdicts={})
    assert [(s.down, s.across) for s in combinations.squares(three)] == [
        ("rq", "croniter"),
        ("rq", "redis"),
        ("croniter", "redis"),
    ]
    _, _, last = combinations.squares(three)
    assert len(last.rows[0].squares[0].cells) == 2
    assert combinations.squares(suite(cell())) == ()


def test_the_squares_as_text() -> None:
    text = combinations.as_text([rq()], SIGNS)
    assert text.startswith(
        "## rq down, redis across (`libs/x/tests/httpx:matrix`)\n\n"
        "|  | 3.5 | 8.1 |\n"
        "| --- | --- | --- |\n"
        "| 3.0 | impossible | –3.9 ✓3.13 |\n"
        "| 1.8 | ✓3.8 ✗3.10? | !3.10 |\n\n"
        "- rq 3.0 with redis 3.5: rq 3.0 wants redis>=5\n"
    )
    assert "`⊘` unresolvable, `?` a trial" in text


def test_the_report_has_the_text_only_where_there_are_combinations() -> None:
    assert "combinations.md" in report_files(run(rq()))
    assert "combinations.md" not in report_files(run(suite(cell())))


def test_the_page_says_in_words_and_signs_what_its_colours_say() -> None:
    page = str(suite_grid(rq()))
    assert '<span title="rq 3.0 wants redis&gt;=5">impossible</span>' in page
    assert "passed: 1.8@redis=3.5 on Python 3.8" in page
    assert "<caption>rq down, redis across" in page
    assert "mx-square" not in str(suite_grid(suite(cell())))


@pytest.mark.parametrize(
    "status, trial, floor",
    [
        (Status.PASSED, False, FLOORS),
        (Status.PASSED, True, None),
        (Status.NOT_RUN, False, None),
    ],
)
def test_floors_are_proven_by_a_cell_that_passes(
    status: Status, trial: bool, floor: "str | None"
) -> None:
    found = rq(cell(FLOORS, "3.8", status, trial=trial), cell(NEWEST))
    assert combinations.floors(found) == floor


def test_no_floors_are_proven_where_they_were_never_together() -> None:
    assert combinations.floors(rq(cell("1.8@redis=8.1"), cell("3.0@redis=3.5"))) is None
    assert combinations.floors(suite(cell())) is None


def test_the_support_table_names_the_floors_and_can_be_read_again() -> None:
    croniter = rq(cell("1.8@croniter=1,redis=3.5"), cell("3.0@croniter=6,redis=8.1"))
    text = support.table(run(rq(), suite(*croniter.cells, address="b:m", package="rq")))
    assert text.splitlines()[2:] == [
        "| `rq with croniter with redis` | 1.8@croniter=1;redis=3.5 floors (3.13), "
        "3.0@croniter=6;redis=8.1 (3.13) |  |",
        "| `rq>=1.8 with redis` | 1.8@redis=3.5 floors (3.8), 3.0@redis=8.1 (3.13) "
        "| 1.8@redis=8.1 (3.10) |",
    ]
    page = f"{support.BEGIN}\n{text}{support.END}\n"
    assert len(support.claims(page)) == 4
    assert support.unproven(page, run(rq())) != ()
    assert (
        support.unproven(page, run(rq(), suite(*croniter.cells, address="b:m", package="rq"))) == ()
    )


def test_a_badge_tells_the_releases_of_the_package() -> None:
    passing = rq(cell(FLOORS), cell(NEWEST))
    assert badges(run(passing))["rq.svg"].message == "1.8 – 3.0"
