"""The support table says what passed, and a page that says more is found out."""

from typing import List

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
    NoSuites,
    UnreadableTable,
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


ADDRESSES = ["a/b:m", "a/bc:m", "a/b/c:m", "//:m"]


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        ("a/b", ["a/b:m", "a/b/c:m"]),
        ("./a/b/", ["a/b:m", "a/b/c:m"]),
        ("a/b/c", ["a/b/c:m"]),
        (".", ADDRESSES),
    ],
)
def test_only_the_suites_below_a_folder(folder: str, kept: List[str]) -> None:
    found = below(run(*(suite(address=address) for address in ADDRESSES)), folder)
    assert [of.address for of in found.suites] == kept
    assert found.all_suites == len(ADDRESSES)


@pytest.mark.parametrize("folder", ["/repository/a/b", "../a", "a/bcd", "A"])
def test_a_folder_without_suites_is_named(folder: str) -> None:
    with pytest.raises(NoSuites, match=f"no suite in the folder '{folder}'"):
        below(run(*(suite(address=address) for address in ADDRESSES)), folder)


ALIGNED = f"""{BEGIN}

| package         | works: release (Pythons)                  | does not                         |
|:----------------|:------------------------------------------|----------------------------------|
| `a:matrix`      | lowest (3.8)                              |                                  |
| `httpx>=0.16`   | 0.16.1 (3.9, 3.10), 0.28.1 (3.13)         | 0.19.0 (3.9), 0.28.1 (3.14)      |

{END}
"""


def test_a_table_that_a_formatter_has_aligned_claims_the_same() -> None:
    assert claims(ALIGNED) == proven(example())
    assert claims(f"  {ALIGNED}".replace("\n|", "\n  |")) == proven(example())


def test_an_aligned_row_that_is_not_true_is_found_out() -> None:
    page = ALIGNED.replace("0.28.1 (3.13)  ", "0.28.1 (3.13, 3.14)")
    assert list(map(str, unproven(page, example()))) == ["httpx>=0.16 0.28.1 on Python 3.14"]


@pytest.mark.parametrize(
    "line",
    [
        "| `httpx>=0.16` | 0.28.1 (3.13), 0.27.0 |  |",
        "| `httpx>=0.16` | 0.28.1 (3.13), 0.27.0 |",
        "| `httpx>=0.16` | everything |",
        "| `httpx>=0.16` | everything |  |",
        "| `httpx>=0.16` | 0.28.1 (all) and 0.27.0 (3.13) |  |",
        "| `httpx>=0.16` | 0.28.1 (3.13),  0.27.0 (3.13) |  |",
        "| `httpx>=0.16` | 0.28.1 (3.13 3.14) |  |",
        "| `httpx>=0.16` | 0.28.1 (3.13), |  |",
        "| `httpx>=0.16` | 0.28.1 () |  |",
        "| `httpx>=0.16` | 0.28.1 (3.13) | nothing |",
        "| httpx | 0.27.0 (3.13) |  |",
        "| httpx | 0.27.0 (3.13) |",
        "| `httpx>=0.16` | 0.28.1 (3.13) |  | and more |",
        "`httpx` | 0.27.0 (3.13) | ",
        "httpx 0.1 works",
        "<!-- hidden -->",
        "| --- | --- | --- |",
    ],
)
def test_a_line_that_is_not_completely_understood_is_named(line: str) -> None:
    page = updated(PAGE, example()).replace(f"\n\n{END}", f"\n{line}\n\n{END}")
    with pytest.raises(UnreadableTable) as caught:
        unproven(page, example(), source="README.md")
    assert f"README.md, line 9: {line.strip()!r} is no line of the table" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "number"),
    [("| package | works: release (Pythons) | does not |", 5), ("| --- | --- | --- |", 6)],
)
def test_a_table_needs_its_header(line: str, number: int) -> None:
    page = updated(PAGE, example()).replace(f"{line}\n", "")
    with pytest.raises(UnreadableTable, match=f"line {number}"):
        claims(page)


def test_what_stands_beside_a_marker_is_part_of_the_table() -> None:
    with pytest.raises(UnreadableTable, match="line 3: 'httpx works'"):
        claims(PAGE.replace(BEGIN, f"{BEGIN} httpx works"))


def test_line_ends_stay_as_they_are() -> None:
    page = updated(PAGE.replace("\n", "\r\n"), example())
    assert page.count("\r\n") == page.count("\n") == updated(PAGE, example()).count("\n")
    assert claims(page) == proven(example())
    assert updated(page, example()) == page


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
