"""The files of a report, for whoever writes them."""

from __future__ import annotations

from typing import Dict, Optional

from matrix_results import badge, combinations, render, report_file, support
from matrix_results.grid import SIGNS
from matrix_results.model import Run

PAGE_FILE = "index.html"
REPORT_FILE = "report.json"
SUPPORT_FILE = "support.md"
COMBINATIONS_FILE = "combinations.md"
BADGES_FOLDER = "badges"


def report_files(run: Run, since: Optional[Run] = None) -> Dict[str, bytes]:
    """Path -> content of `index.html`, `report.json`, `support.md` and `badges/*.svg`.

    With `since`, an earlier run, the page says what changed. Where suites vary several packages,
    `combinations.md` has the squares of the page as text.
    """
    together = [suite for suite in run.suites if combinations.axes(suite)]
    squares = combinations.as_text(together, SIGNS).encode()
    return {
        PAGE_FILE: render.page(run, since).encode(),
        REPORT_FILE: report_file.encode(run),
        SUPPORT_FILE: support.table(run).encode(),
        **({COMBINATIONS_FILE: squares} if together else {}),
        **{
            f"{BADGES_FOLDER}/{name}": render.badge(content).encode()
            for name, content in sorted(badge.badges(run).items())
        },
    }
