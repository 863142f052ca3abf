"""What the cells of a suite did, from the `report.json` that `matrix-report` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Tuple

from matrix_results import ResultsError, Run, Suite, decode
from matrix_updates.errors import PantsFailed
from matrix_updates.prepare.pants import Pants
from matrix_updates.proposal.model import CellResult
from matrix_updates.text import one_line

REPORT = "dist/matrix/report.json"


def run_cells(pants: Pants, tested: str, suite: str, *options: str) -> Tuple[Run, int, str]:
    """Tests what an address names, with these options, and reads what became of its suite.

    Returns the report, the status of `test`, and what it said. Raises `PantsFailed` if there is no report that can be read.
    """
    report = pants.folder / REPORT
    report.unlink(missing_ok=True)
    done = pants.run(*options, "test", tested)
    reported = pants.run("matrix-report", suite)
    if not report.is_file():
        raise PantsFailed(
            f"there are no results, because `{reported.command}` ended with {reported.status}:\n"
            f"{reported.said(600)}"
        )
    return read(report), done.status, done.said(600)


def read(report: Path) -> Run:
    """The run of a report; raises `PantsFailed` for one that cannot be read."""
    try:
        return decode(report.read_bytes(), source=report.name)
    except (ResultsError, OSError) as error:
        raise PantsFailed(one_line(str(error), 500)) from None


def suite_of(run: Run, address: str) -> Optional[Suite]:
    """The suite of a run with an address; None if it has none."""
    return next((suite for suite in run.suites if suite.address == address), None)


def cells(suite: Suite) -> Tuple[CellResult, ...]:
    """The cells of a suite as a proposal tells them."""
    return tuple(
        CellResult(
            version=cell.version,
            python=cell.python,
            tier=cell.tier,
            status=cell.status.value,
            reason=one_line(cell.reason, 1_000) if cell.reason else "",
            failing=one_line(cell.failures[0].test, 300) if cell.failures else "",
            trial=bool(cell.trial),
        )
        for cell in suite.cells
    )


def cell_to_bisect(suite: Suite) -> Optional[str]:
    """The address of the red cell to begin with: of the oldest release that fails, the last."""
    failed = [cell for cell in suite.cells if cell.status.value == "failed" and not cell.trial]
    oldest = [cell for cell in failed if cell.version == failed[0].version]
    return suite.address_of(oldest[-1]) if oldest else None
