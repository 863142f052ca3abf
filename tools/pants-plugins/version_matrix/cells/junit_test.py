from __future__ import annotations

import datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pants.engine.addresses import Address

from version_matrix.cells import junit
from version_matrix.cells.junit import Ending

CELL = Address("lib", target_name="matrix", generated_name="1.0").parametrize({"python": "3.8"})
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "ending, tag, kind",
    [
        (Ending.NOT_STARTED, "error", "not-started"),
        (Ending.LEFT_OUT, "skipped", "not-started"),
        (Ending.NO_RESULT, "error", "no-result"),
    ],
)
def test_a_cell_without_a_result_has_one_case_that_says_why(
    ending: Ending, tag: str, kind: str
) -> None:
    text = junit.stand_in(CELL, ending, "no Python <3.8>", lock="sha256:0", at=NOON)
    (suite,) = ElementTree.fromstring(text)
    assert suite.attrib["name"] == "sha256:0"
    assert suite.attrib["timestamp"] == "2026-11-21T12:00:00+00:00"
    assert [suite.attrib[key] for key in ("tests", "errors", "skipped")] == [
        "1",
        str(int(tag == "error")),
        str(int(tag == "skipped")),
    ]
    (case,) = suite
    assert case.attrib["name"] == "lib:matrix#1.0@python=3.8"
    (told,) = case
    assert (told.tag, told.attrib) == (tag, {"type": kind, "message": "no Python <3.8>"})


@given(st.text())
def test_whatever_a_tool_said_can_be_read_again(why: str) -> None:
    text = junit.stand_in(CELL, Ending.NOT_STARTED, why, lock="", at=NOON)
    assert ElementTree.fromstring(text)[0][0][0].attrib["type"] == "not-started"


def test_the_name_is_the_one_that_the_report_expects() -> None:
    assert junit.results_file(CELL) == "lib.matrix@1.0@@python=3.8.xml"


SKIPPED = "<testcase><skipped type='pytest.skip' message='no redis-server'/></testcase>"
EXPECTED = "<testcase><skipped type='pytest.xfail' message='a bug'/></testcase>"


@pytest.mark.parametrize(
    "cases, reasons",
    [
        (SKIPPED + SKIPPED, ("no redis-server",)),
        ("<testcase><skipped/></testcase>", ("no reason",)),
        (f"{SKIPPED}<testcase/>", ()),
        # What is expected to fail has run.
        (SKIPPED + EXPECTED, ()),
        ("", ()),
        ("<torn", ()),
    ],
)
def test_where_all_tests_were_skipped_it_is_known_why(cases: str, reasons: tuple[str, ...]) -> None:
    assert junit.skipped_all(f"<testsuites>{cases}</testsuites>".encode()) == reasons
