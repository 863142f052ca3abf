"""The files of a report, for whoever writes them."""

from __future__ import annotations

from typing import Dict, Optional

from matrix_results import badge, combinations, failure_groups, render, report_file, support
from matrix_results.grid import SIGNS
from matrix_results.model import Run

PAGE_FILE = "index.html"
REPORT_FILE = "report.json"
SUPPORT_FILE = "support.md"
COMBINATIONS_FILE = "combinations.md"
FAILURES_FILE = "failures.json"
FAILURES_PAGE = "failures.md"
BADGES_FOLDER = "badges"


def report_files(run: Run, since: Optional[Run] = None, *, run_with: str = "") -> Dict[str, bytes]:
    """Path -> content of `index.html`, `report.json`, `support.md`, `failures.*`, `badges/*.svg`.

    With `since`, an earlier run, the page says what changed; `run_with` is the command that runs a
    cell whose address is put behind it. Where suites vary several packages, `combinations.md` has
    the squares of the page as text.
    """
    together = [suite for suite in run.suites if combinations.axes(suite)]
    squares = combinations.as_text(together, SIGNS).encode()
    found = failure_groups.groups_of(run.suites)
    return {
        PAGE_FILE: render.page(run, since, found=found, run_with=run_with).encode(),
        FAILURES_FILE: failure_groups.as_json(found, run_with),
        FAILURES_PAGE: failure_groups.as_markdown(found, run_with).encode(),
        REPORT_FILE: report_file.encode(run),
        SUPPORT_FILE: support.table(run).encode(),
        **({COMBINATIONS_FILE: squares} if together else {}),
        **{
            f"{BADGES_FOLDER}/{name}": render.badge(content).encode()
            for name, content in sorted(badge.badges(run).items())
        },
    }
