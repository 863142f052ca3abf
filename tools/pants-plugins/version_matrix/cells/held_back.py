"""What of a failed cell is shown at once, and what is held back until it is known which fail alike."""

from __future__ import annotations

from typing import Tuple

from pants.core.goals.test import TestResult

from version_matrix import engine
from version_matrix.causes import carried

Failures = Tuple[Tuple[str, str], ...]
"""Name and text of each failed test of a cell."""

_LATER = "Printed at the end, once for all cells that fail alike."


def held(outcome: TestResult, failures: Failures) -> str:
    """What the cell printed: pytest's output, and where it has no result all there is."""
    if _has_result(failures):
        return engine.stdout_of(outcome)
    return engine.stdout_of(outcome) + engine.stderr_of(outcome)


def brief(outcome: TestResult, failures: Failures) -> TestResult:
    """The outcome with a line in place of that. What the runner itself remarks stays."""
    return engine.retold(
        outcome,
        exit_code=outcome.exit_code,
        stdout=f"{carried.brief(failures).rstrip('.')}. {_LATER}",
        stderr=None if _has_result(failures) else "",
    )


def _has_result(failures: Failures) -> bool:
    return not any(carried.is_instead(test) for test, _ in failures)
