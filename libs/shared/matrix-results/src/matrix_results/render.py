"""The one rendering of the matrix: the grid, a whole page, a badge. Everything is escaped.

A page of another application includes `styles()` and `script()`, and puts `suite_grid(...)` where
it wants a grid; `page(...)` is the standalone report.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Callable, Mapping, Optional, Sequence, Tuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matrix_results.badge import Badge, project
from matrix_results.causes import Finding
from matrix_results.compare import Change, compare
from matrix_results.failure_groups import command, groups_of
from matrix_results.grid import SIGNS, anchor, duration, grid
from matrix_results.model import Cell, Run, Status, Suite
from matrix_results.text_width import text_width

_PADDING = 10


@lru_cache(maxsize=None)
def environment() -> Environment:
    """The templates of this package; escaping is on for every one, whatever its name."""
    found = Environment(
        loader=PackageLoader("matrix_results"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(anchor=anchor, duration=duration, project=project)
    found.globals.update(SIGNS=SIGNS, Status=Status)
    return found


def suite_grid(
    suite: Suite,
    changes: Sequence[Change] = (),
    cell_page: Callable[[Cell], str] | None = None,
    *,
    heading: bool = True,
) -> Markup:
    """The grid of one suite, with the details of its cells below it; `heading` is its title.

    Where cells have pages of their own, `cell_page` gives the URL of each; the grid then leads
    there, and has no details.
    """
    template = environment().get_template("grid.html.jinja")
    return Markup(template.render(grid=grid(suite, changes, cell_page), heading=heading))


def failures(
    found: Sequence[Finding],
    link: Callable[[str, Tuple[str, str]], Optional[str]],
    *,
    run_with: str = "",
) -> Markup:
    """What fails, each cause once; nothing where nothing does.

    `link` gives the URL of a cell, by the address of its suite and its key; `run_with` is the command
    that runs a cell whose address is put behind it.
    """
    if not found:
        return Markup("")
    template = environment().get_template("findings.html.jinja")
    return Markup(template.render(found=found, link=link, run=command(run_with)))


def bar(counts: Mapping[Status, int]) -> Markup:
    """How many cells have each status, as one bar across the page."""
    return Markup(environment().get_template("bar.html.jinja").render(counts=counts))


def page(
    run: Run,
    since: Run | None = None,
    *,
    found: Optional[Sequence[Finding]] = None,
    run_with: str = "",
) -> str:
    """The report: one HTML page that needs nothing else and may load nothing else.

    With `since`, an earlier run, it says what changed. `found` is what fails, if that is known
    already, and `run_with` the command that runs a cell.
    """
    changes = compare(since, run) if since is not None else ()
    grids = [
        grid(suite, changes)
        for suite in sorted(run.suites, key=lambda suite: (suite.title.lower(), suite.address))
    ]
    links = {
        (view.suite.address, entry.cell.key): entry.link
        for view in grids
        for row in view.rows
        for entry in row.cells
        if entry
    }
    told = failures(
        groups_of(run.suites) if found is None else found,
        lambda suite, key: links.get((suite, key)),
        run_with=run_with,
    )
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            run=run,
            since=since,
            changes=changes,
            grids=grids,
            failures=told,
            heading=True,
            attention=[(view, row) for view in grids for row in view.rows if row.broken],
            counts=run.counts(),
            trials=run.trial_counts(),
            promised=sum(run.counts().values()),
            total=sum(1 for _ in run.cells()),
            styles=Markup(styles()),
            script=Markup(script()),
            policy=content_security_policy(),
        )
    )


def badge(content: Badge) -> str:
    """A badge as an SVG image, about 20 pixels high."""
    label, message = (
        round(text_width(text)) + _PADDING for text in (content.label, content.message)
    )
    return (
        environment()
        .get_template("badge.svg.jinja")
        .render(badge=content, label_width=label, message_width=message, padding=_PADDING)
    )


@lru_cache(maxsize=None)
def styles() -> str:
    """The style sheet of grid and page."""
    return (files("matrix_results") / "templates" / "matrix.css").read_text(encoding="utf-8")


@lru_cache(maxsize=None)
def script() -> str:
    """The script of the page: search, filters, keys. Without it everything can still be read."""
    return (files("matrix_results") / "templates" / "matrix.js").read_text(encoding="utf-8")


def content_security_policy() -> str:
    """What the page may load: its own style sheet and script, known by their digests."""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(styles())}'; script-src '{_digest(script())}'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
