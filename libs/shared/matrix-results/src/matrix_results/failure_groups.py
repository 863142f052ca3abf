"""Equal failures of a run, as one, with what their cells have in common: for each way it is told.

The same is told at the end of `./pants test`, by the same code.
"""

from __future__ import annotations

import json
from typing import Callable, Dict, Iterable, Iterator, Sequence, Tuple

from matrix_results.badge import project
from matrix_results.causes import (
    NO_RESULT,
    NOT_STARTED,
    FailedTest,
    Finding,
    SeenCell,
    SeenSuite,
    findings,
    headline,
    markdown,
)
from matrix_results.model import Cell, Status, Suite

_RAN = (Status.PASSED, Status.FAILED, Status.KNOWN_FAILURE)
_REQUIREMENTS = "requirements"


def groups_of(suites: Iterable[Suite]) -> Tuple[Finding, ...]:
    """What fails in these suites; what cells are not known to have run says nothing."""
    return findings(_seen(suite) for suite in suites)


def command(run_with: str) -> Callable[[str], str]:
    """What runs the cell of an address, where `run_with` runs cells; else the address itself."""
    if not run_with:
        return str
    return lambda address: f"{run_with} {address if address.startswith('//') else f'//{address}'}"


def as_markdown(found: Sequence[Finding], run_with: str = "") -> str:
    """A page: a table with a row for each group."""
    if not found:
        return "Nothing fails.\n"
    return f"{headline(found)}\n\n{markdown(found, run=command(run_with))}"


def as_json(found: Sequence[Finding], run_with: str = "") -> bytes:
    """The same for programs: what fails in the same cells is one entry."""
    entries = list(_entries(found, command(run_with)))
    return f"{json.dumps({'failures': entries}, indent=2)}\n".encode()


def _entries(found: Sequence[Finding], run: Callable[[str], str]) -> Iterator[Dict[str, object]]:
    for each in found:
        yield {
            "suite": each.suite,
            "cells": [{"version": version, "python": python} for version, python in each.cells],
            "hits": each.hits,
            "spares": each.spares,
            "first": each.since or None,
            "trials": each.trials,
            "look_at": each.look_at,
            "run": run(each.look_at),
            "groups": [
                {
                    "tests": [test for test in group.tests if test not in (NO_RESULT, NOT_STARTED)],
                    "more": group.more,
                    "type": group.symptom.kind,
                    "error": group.error,
                    "place": group.symptom.place or None,
                }
                for group in each.groups
            ],
        }


def _seen(suite: Suite) -> SeenSuite:
    return SeenSuite(
        suite.address,
        project(suite) if suite.package else _REQUIREMENTS,
        tuple(
            SeenCell(
                cell.version,
                cell.python,
                tuple(_failures(suite, cell)),
                whole=len(cell.failures) == cell.failed,
                expected=cell.status is Status.KNOWN_FAILURE,
                trial=bool(cell.trial),
            )
            for cell in suite.cells
            if cell.status in _RAN
        ),
    )


def _failures(suite: Suite, cell: Cell) -> Iterator[FailedTest]:
    """Those of a cell; what its runner wrote in place of a result has the cell's own name."""
    for failure in cell.failures:
        if failure.test != suite.address_of(cell):
            yield FailedTest(failure.test, failure.text)
        elif failure.text == cell.reason:
            yield FailedTest(NOT_STARTED, failure.text)
        else:
            yield FailedTest(NO_RESULT, failure.text)
