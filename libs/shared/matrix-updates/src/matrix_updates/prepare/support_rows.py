"""One suite's row in the support table of a page: the others stay, for they were not run. Pure."""

from __future__ import annotations

import posixpath
import re

from matrix_results import Run, Suite, support

_TITLE = re.compile(r"\|\s*`([^`]*)`\s*\|.*")


def concerns(page: str, address: str) -> bool:
    """Whether the table of a page counts a suite: those in the page's own folder."""
    folder = posixpath.dirname(page)
    return not folder or address.partition(":")[0].startswith(f"{folder}/")


def with_row(page: str, run: Run, suite: Suite) -> str:
    """The page with the row of one suite as its results are now, where its title sorts it.

    A suite without anything to tell has no row. Raises `matrix_results.support.NoMarkers`.
    """
    support.claims(page)  # What cannot be read completely is not edited.
    begin = page.index(support.BEGIN) + len(support.BEGIN)
    end = page.index(support.END)
    alone = Run(made_at=run.made_at, suites=(suite,))
    header, rule, *fresh = support.table(alone).splitlines()
    title = fresh[0].split("`")[1] if fresh else suite.title
    lines = [line.strip() for line in page[begin:end].splitlines() if line.strip()]
    kept = [line for line in lines[2:] if _title(line) != title]
    rows = sorted((*kept, *fresh), key=lambda line: _title(line).lower())
    table = "\n".join([*(lines[:2] or (header, rule)), *rows])
    return f"{page[:begin]}\n\n{table}\n\n{page[end:]}"


def _title(line: str) -> str:
    match = _TITLE.fullmatch(line)
    return match[1] if match else ""
