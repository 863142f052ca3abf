"""How long tests took the last time, from the results of several programs. Pure."""

from __future__ import annotations

import json
import re
from statistics import median
from typing import Any, Iterable, Mapping

from version_matrix.causes.carried import cell_address

# The first element that has one is of the whole file.
_SECONDS = re.compile(rb'<testsuite\b[^<>]*?\stime="([0-9.]+)"')
_BATCH = re.compile(r"batch-of-(.+)\+\d+-files")

PROCESS = 2.0
"""What a process takes beside its tests: to start, to make its environment of what is there."""
GUESS = 10.0
"""What a process is taken to last where nothing is known."""


def of_report(text: str) -> Mapping[str, float]:
    """Address -> seconds of the cells of `matrix-report`'s `report.json`, or of what the board tells of
    a package (`GET /api/v1/packages/NAME`). Raises `ValueError` if it is neither.
    """
    try:
        document = json.loads(text)
        suites = document["suites"] if "suites" in document else [document]
        return {
            cell_address(suite["address"], cell["version"], cell["python"]): seconds
            for suite in suites
            for cell in suite["cells"]
            if (seconds := _seconds(cell.get("seconds"))) is not None
        }
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def of_junit(name: str, content: bytes) -> tuple[str, float] | None:
    """What stands for an address in the name of a JUnit file (`path_safe_spec`), and the seconds.

    A batch is named after the first of its tests.
    """
    found = _SECONDS.search(content)
    if found is None:
        return None
    stem = name.rpartition(".xml")[0]
    batch = _BATCH.fullmatch(stem)
    try:
        return (batch[1] if batch else stem), float(found[1])
    except ValueError:
        return None


def guess(known: Iterable[float]) -> float:
    """What to take for a test of which nothing is known, given those of which something is."""
    seconds = list(known)
    return median(seconds) if seconds else GUESS


def _seconds(value: Any) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and 0 <= value < 1e9 else None
