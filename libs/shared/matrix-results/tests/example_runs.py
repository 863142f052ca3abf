"""Small runs and JUnit files for tests to vary."""

import datetime
from typing import Any, Sequence

from matrix_results import Cell, Failure, Plan, PlannedCell, PlannedSuite, Run, Status, Suite

NOON = datetime.datetime(2024, 11, 21, 12, tzinfo=datetime.timezone.utc)
ADDRESS = "libs/x/tests/httpx:matrix"
LOCK = f"sha256:{'a' * 64}"


def cell(
    version: str = "0.28.1", python: str = "3.13", status: Status = Status.PASSED, **more: Any
) -> Cell:
    shown = {"version": version, "python": python, "status": status, "tier": "latest"}
    return Cell(**{**shown, "tests": more.get("failed", 0), **more})


def suite(*cells: Cell, **more: Any) -> Suite:
    return Suite(**{"address": ADDRESS, "package": "httpx>=0.16", "cells": cells, **more})


def run(*suites: Suite, **more: Any) -> Run:
    return Run(**{"made_at": NOON, "suites": suites, **more})


def failure(text: str = "assert 1 == 2", test: str = "test_httpx::test_sends") -> Failure:
    return Failure(test=test, text=text)


def planned(version: str = "0.28.1", python: str = "3.13", **more: Any) -> PlannedCell:
    return PlannedCell(
        **{"version": version, "tier": "latest", "python": python, "results": "cell.xml", **more}
    )


def plan(*cells: PlannedCell) -> Plan:
    return Plan(suites=(PlannedSuite(address=ADDRESS, package="httpx>=0.16", cells=cells),))


def junit(
    cases: Sequence[str] = ('<testcase classname="test_httpx" name="test_sends" time="0.1" />',),
    *,
    name: str = "pytest",
    time: str = "0.717",
    timestamp: str = "2024-11-21T07:28:14.000794+00:00",
) -> bytes:
    """A JUnit file as pytest writes it."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><testsuites>'
        f'<testsuite name="{name}" time="{time}" timestamp="{timestamp}">'
        f"{''.join(cases)}</testsuite></testsuites>"
    ).encode()
