from __future__ import annotations

import json

import pytest

from version_matrix.shards import times

CELL = {"version": "1!2.0", "python": "3.12", "seconds": 1.5}


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
