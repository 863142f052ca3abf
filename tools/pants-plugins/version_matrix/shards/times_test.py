from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.shards import times

CELL = {"version": "1!2.0", "python": "3.12", "seconds": 1.5}

# Of what a JUnit file has, and of a report, right and wrong, in any order.
_PARTS = st.sampled_from(
    [b"<testsuite", b"s", b" time=", b'"', b"1.5", b".", b"1" * 400, b">", b"<"]
)
_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["1", "3.12", ""])
)
_CELLS = st.lists(st.fixed_dictionaries({}, optional={key: _VALUES for key in CELL}), max_size=3)
_JSON = st.fixed_dictionaries(
    {},
    optional={"address": _VALUES, "cells": _CELLS | _VALUES, "suites": _VALUES | st.lists(_VALUES)},
)


@pytest.mark.parametrize(
    "document",
    [
        {"suites": [{"address": "lib:matrix", "cells": [CELL, {**CELL, "seconds": None}]}]},
        # What the board tells of a package.
        {"address": "lib:matrix", "cells": [CELL], "breaks": []},
    ],
)
def test_the_times_of_cells(document: object) -> None:
    assert times.of_report(json.dumps(document)) == {"lib:matrix#1~2.0@python=3.12": 1.5}


@pytest.mark.parametrize(
    ("suite", "version", "address"),
    [
        ("lib:matrix", "2.0@redis=5,anyio=4", "lib:matrix#2.0@anyio=4,python=3.12,redis=5"),
        ("lib:matrix", "2.0@python-x=5", "lib:matrix#2.0@python=3.12,python-x=5"),
        ("lib:matrix@timeout=long", "2.0", "lib:matrix#2.0@python=3.12,timeout=long"),
    ],
)
def test_a_cell_of_several_packages(suite: str, version: str, address: str) -> None:
    cells = [{**CELL, "version": version}]
    assert list(times.of_report(json.dumps({"address": suite, "cells": cells}))) == [address]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"suites": 1}', '{"suites": [{"address": "a"}]}', "[" * 10_000],
)
def test_what_is_no_report_is_said(text: str) -> None:
    with pytest.raises(ValueError):
        times.of_report(text)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("lib.tests.xml", b'<testsuites><testsuite name="x" time="2.5" tests="1">', 2.5),
        ("batch-of-lib.tests+7-files.xml", b'<testsuite time="30.25">', 30.25),
        ("lib.tests.xml", b'<testsuites><testsuite name="x" timestamp="2.5">', None),
        ("lib.tests.xml", b'<testsuite time="1.2.3">', None),
        ("lib.tests.xml", b"", None),
    ],
)
def test_the_time_of_a_junit_file(name: str, content: bytes, found: "float | None") -> None:
    assert times.of_junit(name, content) == (None if found is None else ("lib.tests", found))


def test_what_is_not_known_is_taken_for_what_most_take() -> None:
    assert times.guess([1, 2, 100]) == 2
    assert times.guess([]) == times.GUESS


@given(st.binary() | st.lists(_PARTS).map(b"".join))
def test_any_junit_file_has_a_time_or_none(content: bytes) -> None:
    found = times.of_junit("a.xml", content)
    assert found is None or (found[0] == "a" and found[1] >= 0)


@given(st.text() | _JSON.map(json.dumps))
def test_any_report_has_times_or_is_none(text: str) -> None:
    try:
        found = times.of_report(text)
    except ValueError:
        return
    assert all(0 <= seconds < 1e9 for seconds in found.values())
