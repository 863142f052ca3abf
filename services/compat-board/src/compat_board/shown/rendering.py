"""The pages as HTML, by templates. Everything is escaped; the grid is that of matrix-results."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from compat_board.read.history import RunInfo, Standing
from compat_board.read.views import CellPage, Overview, Package
from compat_board.shown.addresses import Addresses
from compat_board.shown.page_cache import Content
from matrix_results import Status, render
from matrix_results.badge import project
from matrix_results.grid import SIGNS, duration
from matrix_updates.canary.song import Song
from matrix_updates.publish.merged import MergedRequest, MergedRequests

HTML = "text/html; charset=utf-8"
_SHORT = 12
_LATEST_MERGED = 10
# Of a status or a standing, by its value.
_SIGNS = {**{status.value: sign for status, sign in SIGNS.items()}, "not-generated": "?"}


@dataclass(frozen=True)
class Asset:
    """A file that pages refer to by its `version`, so that it may be kept for ever."""

    name: str
    text: str
    media_type: str

    @property
    def version(self) -> str:
        """Another one for another text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_SHORT]


@lru_cache(maxsize=None)
def styles() -> Asset:
    """The style sheet: that of the grid, and the board's own."""
    return Asset("board.css", f"{render.styles()}{_file('board.css')}", "text/css")


@lru_cache(maxsize=None)
def icon() -> Asset:
    """The board's sign in a browser's tabs."""
    return Asset("icon.svg", _file("icon.svg"), "image/svg+xml")


class Renderer:
    """Makes the pages of a board whose links are at these addresses."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._environment = Environment(
            loader=PackageLoader("compat_board.shown"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            commit=self._commit,
            duration=duration,
            minute=_minute,
            project=project,
            request=_request,
        )
        self._environment.globals.update(
            SIGNS=_SIGNS,
            Status=Status,
            at=addresses,
            bar=render.bar,
            icon_url=addresses.static(icon().name, icon().version),
            styles_url=addresses.static(styles().name, styles().version),
        )

    def overview(
        self,
        view: Overview,
        canary: Song | None,
        merged: MergedRequests,
        *,
        words: str,
        standing: Standing | None,
    ) -> Content:
        """The overview: of all, what a search finds, and of that what has a standing."""
        found = view.matching(words)
        return self._page(
            "overview.html.jinja",
            view=view,
            canary=canary,
            merged=merged.requests[:_LATEST_MERGED],
            requests=_by_commit(merged),
            found=found,
            shown=found.having(standing),
            words=words,
            wanted=standing,
        )

    def canary(self, song: Song) -> Content:
        """The page of the latest canary."""
        return self._page("canary.html.jinja", song=song)

    def package(self, view: Package, merged: MergedRequests) -> Content:
        """The page of one suite."""
        row, at = view.row, self._addresses
        grid = render.suite_grid(
            row.suite, view.changes, lambda cell: at.cell(row.name, cell), heading=False
        )
        cells = {cell.key: cell for cell in row.suite.cells}
        failures = render.failures(
            view.failures, lambda _, key: at.cell(row.name, cells[key]) if key in cells else None
        )
        return self._page(
            "package.html.jinja",
            view=view,
            grid=grid,
            failures=failures,
            requests=_by_commit(merged),
        )

    def cell(self, view: CellPage, merged: MergedRequests) -> Content:
        """The page of one cell."""
        return self._page("cell.html.jinja", view=view, requests=_by_commit(merged))

    def problem(self, title: str, told: str) -> bytes:
        """The page of an error."""
        return self._page("problem.html.jinja", title=title, told=told).body

    @pass_context
    def _commit(self, context: Context, run: RunInfo) -> Markup:
        """The commit of a run, short, with links to it and to the request that it was merged by.

        Each where there is one; nothing where the run has no commit.
        """
        if run.commit is None:
            return Markup("")
        told = Markup('<code title="{}">{}</code>').format(run.commit, run.commit[:_SHORT])
        link = self._addresses.commit(run.commit)
        shown = Markup('<a href="{}">{}</a>').format(link, told) if link else told
        request = context["requests"].get(run.commit)
        if request is None:
            return shown
        named = Markup('<a href="{}" title="{}">{}</a>')
        return shown + " " + named.format(request.url, request.title, _request(request))

    def _page(self, template: str, **context: object) -> Content:
        text = self._environment.get_template(template).render(**context)
        return Content(text.encode(), HTML)


def _by_commit(merged: MergedRequests) -> Mapping[str, MergedRequest]:
    return {each.commit: each for each in merged.requests}


def _request(request: MergedRequest) -> str:
    """What people call it: `request #12`, by the end of its address."""
    number = request.url.rstrip("/").rpartition("/")[2]
    return f"request #{number}" if number.isdecimal() else "request"


def _file(name: str) -> str:
    return (files("compat_board.shown") / "templates" / name).read_text(encoding="utf-8")


def _minute(moment: datetime.datetime) -> Markup:
    """A time for people and machines."""
    told = moment.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), told)
