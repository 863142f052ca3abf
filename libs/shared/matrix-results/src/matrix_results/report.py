"""The files of a report, for whoever writes them."""

from __future__ import annotations

from typing import Dict, Optional

from matrix_results import badge, render, report_file, support
from matrix_results.model import Run

PAGE_FILE = "index.html"
REPORT_FILE = "report.json"
SUPPORT_FILE = "support.md"
BADGES_FOLDER = "badges"


def report_files(run: Run, since: Optional[Run] = None) -> Dict[str, bytes]:
    """Path -> content of `index.html`, `report.json`, `support.md` and `badges/*.svg`.

    With `since`, an earlier run, the page says what changed.
    """
    return {
        PAGE_FILE: render.page(run, since).encode(),
        REPORT_FILE: report_file.encode(run),
        SUPPORT_FILE: support.table(run).encode(),
        **{
            f"{BADGES_FOLDER}/{name}": render.badge(content).encode()
            for name, content in sorted(badge.badges(run).items())
        },
    }
