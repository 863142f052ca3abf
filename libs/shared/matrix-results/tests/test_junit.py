"""Reading JUnit files, whole ones and hostile ones."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_runs import LOCK, junit
from matrix_results import Outcome, UnreadableResults, read_folders
from matrix_results.causes.symptom import MAX_TEXT
from matrix_results.junit import parse
from matrix_results.model import MAX_FAILURES

# A busy machine is no finding.
unhurried = settings(deadline=None)

PASSED = '<testcase classname="test_httpx" name="test_sends" time="0.1" />'
SKIPPED = '<testcase name="test_b"><skipped type="pytest.skip" message="no" /></testcase>'
FAILED = (
    '<testcase classname="test_httpx.TestIt" name="test_c[&lt;b&gt;]">'
    '<failure message="short">E  #x1B[31massert#x1B[0m 1 == 2</failure></testcase>'
)
BROKEN = (
    '<testcase classname="" name="test_httpx"><error message="collection failure" /></testcase>'
)
BOTH = '<testcase name="d"><failure>call</failure><error>teardown</error></testcase>'

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<testsuites><testsuite name="&c;" /></testsuites>"""
OUTSIDE = b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuites>&f;</testsuites>'


def read(data: bytes) -> Outcome:
    return parse(data, source="a.xml")


def test_a_passing_cell() -> None:
    outcome = read(junit([PASSED, SKIPPED]))
    assert outcome == Outcome(
        tests=2,
        failed=0,
        skipped=1,
        seconds=0.717,
        ran_at=datetime.datetime(2024, 11, 21, 7, 28, 14, tzinfo=datetime.timezone.utc),
    )
    assert outcome.passed


@pytest.mark.parametrize(
    ("properties", "selection"),
    [
        ("", ""),
        ('<property name="other" value="1" />', ""),
        ('<property name="selection" value="-k one" />', "-k one"),
        ('<property name="selection" />', "selection"),
        (f'<property name="selection" value="{"x" * 100_000}" />', "xxx"),
    ],
)
def test_a_runner_says_that_it_left_tests_out(properties: str, selection: str) -> None:
    found = read(junit([f"<properties>{properties}</properties>", PASSED])).selection
    assert found.startswith(selection) and bool(selection) == bool(found)
    assert len(found) <= MAX_TEXT


@pytest.mark.parametrize(
    ("cases", "counts"),
    [
        ([], (0, 0, 0)),
        ([SKIPPED], (1, 0, 1)),
        ([PASSED, FAILED], (2, 1, 0)),
        ([BROKEN], (1, 1, 0)),
        ([BOTH], (1, 1, 0)),
    ],
)
def test_what_has_not_passed(cases: "list[str]", counts: "tuple[int, int, int]") -> None:
    outcome = read(junit(cases))
    assert (outcome.tests, outcome.failed, outcome.skipped) == counts
    assert not outcome.passed


@pytest.mark.parametrize(("kind", "failed"), [("error", 1), ("skipped", 0)])
def test_a_cell_that_could_not_start_says_why(kind: str, failed: int) -> None:
    case = f'<testcase name="cell"><{kind} type="not-started" message="no Python 3.8" /></testcase>'
    outcome = read(junit([case]))
    assert (outcome.not_started, outcome.failed, outcome.passed) == ("no Python 3.8", failed, False)
    assert read(junit([case.replace("not-started", "pytest.skip")])).not_started == ""
    assert read(junit([case.replace("no Python 3.8", "")])).not_started == "not-started"


def test_names_and_texts_of_failures() -> None:
    failures = read(junit([FAILED, BROKEN, BOTH])).failures
    assert [(failure.test, failure.text) for failure in failures] == [
        ("test_httpx.TestIt::test_c[<b>]", "E  assert 1 == 2"),
        ("test_httpx", "collection failure"),
        ("d", "call\nteardown"),
    ]


def test_long_texts_keep_their_ends_and_many_failures_are_counted() -> None:
    text = f"begin{'x' * MAX_TEXT}end"
    case = f'<testcase name="a"><failure>{text}</failure></testcase>'
    outcome = read(junit([case] * (MAX_FAILURES + 5)))
    assert (outcome.failed, len(outcome.failures)) == (MAX_FAILURES + 5, MAX_FAILURES)
    kept = outcome.failures[0].text
    assert len(kept) <= MAX_TEXT and kept.startswith("beginx") and kept.endswith("xend")


def test_the_lock_is_read_where_the_runner_gives_one() -> None:
    assert read(junit([PASSED], name=LOCK)).lock == LOCK
    assert read(junit([PASSED])).lock is None


@pytest.mark.parametrize("time", ["", "soon", "-1", "nan", "inf", "1e400"])
def test_strange_times_are_bounded(time: str) -> None:
    assert 0 <= read(junit(time=time, timestamp="yesterday")).seconds <= 1e6
    assert read(junit(time=time, timestamp="yesterday")).ran_at is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (BILLION_LAUGHS, "a.xml is refused"),
        (OUTSIDE, "a.xml is refused"),
        (b"", "a.xml is torn"),
        (junit()[:120], "a.xml is torn"),
        (b"\xff\xfe\x00", "a.xml is torn"),
        (b'<?xml version="1.0" encoding="nonsense"?><testsuites/>', "a.xml is torn"),
        (b"<html></html>", "a.xml is no JUnit file: its root is <html>"),
    ],
)
def test_hostile_and_torn_files_are_refused_by_name(data: bytes, told: str) -> None:
    with pytest.raises(UnreadableResults) as caught:
        read(data)
    assert told in str(caught.value)


@unhurried
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(UnreadableResults):
        read(data)


def test_shards_are_merged_the_later_result_counts(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    (one / "a.xml").write_bytes(junit([PASSED], timestamp="2024-11-21T10:00:00+00:00"))
    (two / "a.xml").write_bytes(junit([FAILED], timestamp="2024-11-21T11:00:00+00:00"))
    (one / "b.xml").write_bytes(junit([PASSED]))
    (two / "c.xml").write_bytes(junit([PASSED]))
    for folders in ([one, two], [two, one]):
        found = read_folders([*folders, tmp_path / "missing"])
        assert {name: outcome.passed for name, outcome in found.items()} == {
            "a.xml": False,
            "b.xml": True,
            "c.xml": True,
        }


def test_of_equally_late_results_the_failed_counts(tmp_path: Path) -> None:
    for name, cases in (("one", [PASSED]), ("two", [FAILED]), ("three", [PASSED])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.xml").write_bytes(junit(cases))
    found = read_folders([tmp_path / "one", tmp_path / "two", tmp_path / "three"])
    assert not found["a.xml"].passed


def test_every_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(junit())
    (tmp_path / "torn.xml").write_bytes(junit()[:99])
    (tmp_path / "bomb.xml").write_bytes(BILLION_LAUGHS)
    with pytest.raises(UnreadableResults) as caught:
        read_folders([tmp_path])
    assert "torn.xml" in str(caught.value) and "bomb.xml" in str(caught.value)
