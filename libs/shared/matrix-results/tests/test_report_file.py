"""Reports: there and back, and what is refused."""

import json
from importlib.resources import files
from typing import Any, Callable, Dict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_runs import LOCK, NOON, cell, failure, run, suite
from matrix_results import Run, Status, UnreadableReport, decode, encode, identity
from matrix_results.report_file import MAX_REPORT_BYTES, schema_text

# A busy machine is no finding.
unhurried = settings(deadline=None)

Document = Dict[str, Any]

FAILURE: Dict[str, Any] = {"failed": 1, "failures": (failure(),), "seconds": 0.5}


def example() -> Run:
    return run(
        suite(
            cell("0.16.1", "3.8", Status.FAILED, **FAILURE),
            cell("0.28.1", "3.13", ran_at=NOON, lock=LOCK),
            verdicts={"0.16.0": "superseded in its series by 0.16.1"},
        ),
        commit="4cc479e",
        locks={LOCK: ("anyio==4.5.2 ; python_version < '3.9'", "httpx==0.28.1")},
    )


def test_a_report_comes_back_as_it_was() -> None:
    assert decode(encode(example())) == example()


def test_a_report_is_the_same_bytes_every_time() -> None:
    assert encode(example()) == encode(decode(encode(example())))
    assert encode(example()).endswith(b"}\n")


def test_the_identity_tells_runs_apart() -> None:
    assert identity(example()) == identity(decode(encode(example())))
    assert identity(example()) != identity(run(commit="4cc479e"))


def test_the_published_schema_is_that_of_the_code() -> None:
    shipped = files("matrix_results") / "report.schema.json"
    # In which order an object's keys come is up to the release of msgspec.
    assert json.loads(shipped.read_text(encoding="utf-8")) == json.loads(schema_text())


def test_the_schema_wants_what_the_reader_wants() -> None:
    schema = json.loads(schema_text())["$defs"]
    assert set(schema["Run"]["required"]) == {"schema_version", "made_at", "suites"}
    assert schema["Run"]["additionalProperties"] is False
    assert schema["Cell"]["properties"]["status"] == {"$ref": "#/$defs/Status"}
    assert set(schema["Status"]["enum"]) == {status.value for status in Status}


def test_the_schema_says_what_a_status_excludes() -> None:
    rules = json.loads(schema_text())["$defs"]["Cell"]["allOf"]
    excluded = {
        rule["if"]["properties"]["status"]["const"]: rule["then"]["properties"] for rule in rules
    }
    assert excluded["passed"] == {"failed": {"const": 0}, "failures": {"const": []}}
    assert excluded["not-run"] == excluded["unresolvable"]
    assert excluded["not-run"]["seconds"] == {"const": None}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1.9", "1.10"),
        ("1.0rc1", "1.0"),
        ("1.0", "1.0.post1"),
        ("2024.1", "1!0.1"),
        ("1.0", "1.0.0"),
        ("lowest", "highest"),
    ],
)
def test_releases_are_in_the_order_of_pep_440(first: str, second: str) -> None:
    assert decode(encode(run(suite(cell(first), cell(second))))).suites[0].cells[0].version == first


def test_however_a_time_is_written_it_is_the_same_run() -> None:
    written = encode(example()).replace(b'"2024-11-21T12:00:00Z"', b'"2024-11-21T14:00:00+02:00"')
    assert written != encode(example())
    assert decode(written) == example()
    assert identity(decode(written)) == identity(example())
    assert b"+02:00" not in encode(decode(written))


def older(document: Document) -> None:
    document["schema_version"] = 1
    del document["other_suites"]


def unversioned(document: Document) -> None:
    del document["schema_version"]


def fewer_than_no_suites(document: Document) -> None:
    document["other_suites"] = -1


def unknown_field(document: Document) -> None:
    document["extra"] = 1


def wrong_status(document: Document) -> None:
    document["suites"][0]["cells"][0]["status"] = "green"


def cell_twice(document: Document) -> None:
    document["suites"][0]["cells"] *= 2


def suite_twice(document: Document) -> None:
    document["suites"] *= 2


def huge_text(document: Document) -> None:
    document["suites"][0]["cells"][0]["failures"][0]["text"] = "x" * 20_001


def too_many_failures(document: Document) -> None:
    document["suites"][0]["cells"][0]["failures"] *= 21


def negative_time(document: Document) -> None:
    document["suites"][0]["cells"][0]["seconds"] = -1


def no_offset(document: Document) -> None:
    document["made_at"] = "2024-11-21T12:00:00"


def out_of_time(document: Document) -> None:
    document["made_at"] = "0001-01-01T00:00:00+02:00"


def descending(document: Document) -> None:
    document["suites"][0]["cells"].reverse()


def green_with_failures(document: Document) -> None:
    document["suites"][0]["cells"][0]["status"] = "passed"


def run_and_not_run(document: Document) -> None:
    document["suites"][0]["cells"][1].update(status="not-run", seconds=0.0, ran_at=None)


def unresolvable_but_run(document: Document) -> None:
    document["suites"][0]["cells"][1].update(status="unresolvable")


def more_failed_than_ran(document: Document) -> None:
    document["suites"][0]["cells"][0]["failed"] = 2


def more_told_than_failed(document: Document) -> None:
    document["suites"][0]["cells"][0]["failures"] *= 2


def lock_of_no_cell(document: Document) -> None:
    document["locks"]["sha256:strange"] = []


def too_many_pins(document: Document) -> None:
    document["locks"][LOCK] *= 2_000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (older, "schema_version 1: this matrix-results reads 2. Make it anew"),
        (fewer_than_no_suites, "`$.other_suites`"),
        (unversioned, "missing required field `schema_version`"),
        (unknown_field, "unknown field `extra`"),
        (wrong_status, "`$.suites[0].cells[0].status`"),
        (cell_twice, "has a cell twice"),
        (suite_twice, "suite 'libs/x/tests/httpx:matrix' is there twice"),
        (huge_text, "`$.suites[0].cells[0].failures[0].text`"),
        (too_many_failures, "`$.suites[0].cells[0].failures`"),
        (out_of_time, "has no equivalent in UTC"),
        (descending, "release 0.16.1 after 0.28.1: expected the oldest first - at `$.suites[0]`"),
        (green_with_failures, "3.8 is passed, but has `failed` - at `$.suites[0].cells[0]`"),
        (run_and_not_run, "3.13 is not run, but has `seconds` - at `$.suites[0].cells[1]`"),
        (unresolvable_but_run, "is unresolvable, but has `ran_at` - at `$.suites[0].cells[1]`"),
        (more_failed_than_ran, "1 tests, 0 skipped, 2 failed"),
        (more_told_than_failed, "1 failed, and the text of 2"),
        (negative_time, "`$.suites[0].cells[0].seconds`"),
        (lock_of_no_cell, "lock 'sha256:strange' is of no cell"),
        (too_many_pins, "`$.locks[...]`"),
        (no_offset, "`$.made_at`"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(
    change: Callable[[Document], None], told: str
) -> None:
    document = json.loads(encode(example()))
    change(document)
    with pytest.raises(UnreadableReport) as caught:
        decode(json.dumps(document).encode(), source="a.json")
    assert told in str(caught.value)
    assert "a.json" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"[]",
        encode(example())[:-40],
        b'{"schema_version": 2, "made_at": ' + b"[" * 100_000,
        b'{"schema_version": 2, "made_at": NaN}',
    ],
)
def test_torn_and_malformed_reports_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableReport):
        decode(data)


def test_an_oversized_report_is_refused_unread() -> None:
    with pytest.raises(UnreadableReport, match="expected at most"):
        decode(b" " * (MAX_REPORT_BYTES + 1))


@unhurried
@given(st.binary(max_size=200))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    with pytest.raises(UnreadableReport):
        decode(data)
