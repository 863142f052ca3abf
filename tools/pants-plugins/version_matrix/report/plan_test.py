from __future__ import annotations

import json
from typing import Any

import pytest
from pants.engine.addresses import Address

from version_matrix.report import plan as report_plan
from version_matrix.report.plan import ReportPlan, SuiteFiles
from version_matrix.stanza import suite
from version_matrix.stanza.samples_file import digest
from version_matrix.stanza.suite import Suite

ADDRESS = Address("lib/tests/httpx", target_name="matrix")
FOLDER = "lib/tests/httpx/matrix"
LOCK = "# pythons: 3.8\nhttpx==0.16.1 \\\n    --hash=sha256:0\n"
SAMPLES: dict[str, Any] = {
    "as_of": "2026-11-01T00:00:00Z",
    "samples": [{"version": "0.16.1", "tier": "lowest", "pythons": ["3.8", "3.9"], "lock": "x"}],
    "uncovered": {"3.13": "no release admits it"},
    "verdicts": {"0.16.1": "lowest"},
    "snapshot": "sha256:1",
}
FILES = {
    f"{FOLDER}/samples.json": json.dumps(SAMPLES).encode(),
    f"{FOLDER}/0.16.1.lock": LOCK.encode(),
}


def plan(files: dict[str, bytes], **known_failures: Any) -> ReportPlan:
    given = Suite(
        address=ADDRESS.spec,
        folder=FOLDER,
        package="httpx>=0.16",
        known_failures=suite.parse_known_failures(known_failures.get("known", {})),
    )
    return report_plan.plan(
        [SuiteFiles(ADDRESS, given, files)], others=2, command="./pants generate-matrix"
    )


def document(files: dict[str, bytes], **known_failures: Any) -> dict[str, Any]:
    found = json.loads(plan(files, **known_failures).text)
    assert isinstance(found, dict) and found["schema_version"] == 2
    return found


def planned(files: dict[str, bytes], **known_failures: Any) -> dict[str, Any]:
    (found,) = document(files, **known_failures)["suites"]
    assert isinstance(found, dict)
    return found


def test_a_generated_suite() -> None:
    known = {"*": {"reason": "its issue 1", "until": "2027-01-31", "python": ">=3.9"}}
    lock = digest("httpx==0.16.1 \\\n    --hash=sha256:0\n")
    cell = {"version": "0.16.1", "tier": "lowest", "lock": lock}
    assert planned(FILES, known=known) == {
        "address": "lib/tests/httpx:matrix",
        "package": "httpx>=0.16",
        "as_of": "2026-11-01T00:00:00Z",
        "snapshot": "sha256:1",
        "uncovered": {"3.13": "no release admits it"},
        "verdicts": {"0.16.1": "lowest"},
        "cells": [
            {
                **cell,
                "python": "3.8",
                "results": "lib.tests.httpx.matrix@0.16.1@@python=3.8.xml",
                "known_failure": None,
            },
            {
                **cell,
                "python": "3.9",
                "results": "lib.tests.httpx.matrix@0.16.1@@python=3.9.xml",
                "known_failure": {"reason": "its issue 1", "until": "2027-01-31"},
            },
        ],
    }


def test_a_trial_is_one_in_the_plan_and_nothing_else_says_that_it_is_none() -> None:
    (sample,) = SAMPLES["samples"]
    marked = {**SAMPLES, "samples": [{**sample, "trials": ["3.9"]}]}
    files = {**FILES, f"{FOLDER}/samples.json": json.dumps(marked).encode()}
    found = planned(files)["cells"]
    assert [cell.get("trial") for cell in found] == [None, True]


def test_how_many_suites_are_left_out_is_told() -> None:
    assert document(FILES)["other_suites"] == 2


def test_the_results_are_those_of_the_cells() -> None:
    names = {cell["results"] for cell in planned(FILES)["cells"]}
    assert plan(FILES).results == names and len(names) == 2
    assert plan({}).results == frozenset()


def test_the_pins_of_each_lock_are_told_once_without_hashes() -> None:
    (lock,) = {cell["lock"] for cell in planned(FILES)["cells"]}
    assert document(FILES)["locks"] == {lock: ["httpx==0.16.1"]}


def test_a_lock_of_no_sample_is_harmless() -> None:
    stray = {f"{FOLDER}/0.1.lock": b"httpx==0.1\n", "other/matrix/0.2.lock": b"httpx==0.2\n"}
    assert ["httpx==0.2"] not in document({**FILES, **stray})["locks"].values()
    assert planned({**FILES, **stray}) == planned(FILES)


def test_a_missing_lock_is_a_problem_of_its_cells() -> None:
    found = planned({f"{FOLDER}/samples.json": FILES[f"{FOLDER}/samples.json"]})
    assert {cell["problem"] for cell in found["cells"]} == {
        f"{FOLDER}/0.16.1.lock is missing. Run `./pants generate-matrix //lib/tests/httpx:matrix`."
    }


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, f"has no {FOLDER}/samples.json yet"),
        ({f"{FOLDER}/samples.json": b"<<<<<<< HEAD"}, "cannot be read"),
        ({f"{FOLDER}/samples.json": b"\xff"}, "cannot be read"),
    ],
)
def test_a_suite_that_is_not_generated_says_what_mends_it(
    files: dict[str, bytes], problem: str
) -> None:
    found = planned(files)
    assert "cells" not in found
    assert problem in found["problem"]
    assert "Run `./pants generate-matrix //lib/tests/httpx:matrix`." in found["problem"]
