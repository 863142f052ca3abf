"""The support table says what passed, and a page that says more is found out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_runs import cell, run, suite
from matrix_results import Run, Status
from matrix_results.support import (
    BEGIN,
    END,
    Claim,
    NoMarkers,
    below,
    claims,
    proven,
    table,
    unproven,
    updated,
)

# A busy machine is no finding.
unhurried = settings(deadline=None)

PAGE = f"# httpx\n\n{BEGIN}\n{END}\n\nThe rest.\n"


def example() -> Run:
    return run(
        suite(
            cell("0.16.1", "3.9"),
            cell("0.16.1", "3.10"),
            cell("0.19.0", "3.9", Status.KNOWN_FAILURE),
            cell("0.28.1", "3.13"),
            cell("0.28.1", "3.14", Status.FAILED),
            cell("1.0rc1", "3.13", Status.NOT_RUN),
        ),
        suite(cell("2.0", status=Status.NOT_RUN), address="b:matrix", package="quiet"),
        suite(cell("lowest", "3.8"), address="a:matrix", package=None),
    )


def test_the_table() -> None:
    assert table(example()) == (
        "| package | works: release (Pythons) | does not |\n"
        "| --- | --- | --- |\n"
        "| `a:matrix` | lowest (3.8) |  |\n"
        "| `httpx>=0.16` | 0.16.1 (3.9, 3.10), 0.28.1 (3.13) | 0.19.0 (3.9), 0.28.1 (3.14) |\n"
    )


def test_a_page_is_updated_between_its_markers_and_again_without_a_change() -> None:
    page = updated(PAGE, example())
    assert page.startswith("# httpx\n\n<!--") and page.endswith("-->\n\nThe rest.\n")
    assert table(example()) in page
    assert updated(page, example()) == page


def test_a_fresh_page_claims_what_passed_and_nothing_else() -> None:
    page = updated(PAGE, example())
    assert claims(page) == proven(example())
    assert Claim("httpx>=0.16", "0.28.1", "3.13") in claims(page)
    assert unproven(page, example()) == ()


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.PASSED])
def test_only_a_passing_cell_proves_a_claim(status: Status) -> None:
    page = updated(PAGE, run(suite(cell("0.16.1", "3.9"), cell("0.28.1"))))
    later = run(suite(cell("0.16.1", "3.9"), cell("0.28.1", status=status)))
    assert list(map(str, unproven(page, later))) == ["httpx>=0.16 0.28.1 on Python 3.13"]


def test_a_lower_floor_is_another_claim() -> None:
    page = updated(PAGE, run(suite(cell(), package="httpx>=0.10")))
    assert len(unproven(page, run(suite(cell(), package="httpx>=0.16")))) == 1


def test_a_page_may_claim_less() -> None:
    assert unproven(PAGE, example()) == ()


@pytest.mark.parametrize(
    "page", ["", BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_page_needs_its_markers(page: str) -> None:
    with pytest.raises(NoMarkers, match="README.md needs these two lines"):
        updated(page, example(), source="README.md")


def test_only_the_suites_below_a_folder() -> None:
    kept = below(
        run(suite(address="a/b:m"), suite(address="a/bc:m"), suite(address="a/b/c:m")), "a/b/"
    )
    assert [found.address for found in kept.suites] == ["a/b/c:m"]


@unhurried
@given(
    package=st.text(min_size=1, max_size=30),
    version=st.text(min_size=1, max_size=30),
    python=st.text(min_size=1, max_size=10),
)
def test_hostile_names_break_no_table(package: str, version: str, python: str) -> None:
    given_run = run(suite(cell(version, python), package=package))
    assert len(table(given_run).splitlines()) == 3
    assert claims(updated(PAGE, given_run)) == proven(given_run)
