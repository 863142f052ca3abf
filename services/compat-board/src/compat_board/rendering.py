"""The pages as HTML, by templates. Everything is escaped; the grid is that of matrix-results."""

from __future__ import annotations

import datetime
import hashlib
from functools import lru_cache
from importlib.resources import files
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from compat_board.history import RunInfo, Standing
from compat_board.page_cache import Content
from compat_board.views import CellPage, Overview, Package
from matrix_results import Cell, Status, render
from matrix_results.badge import project
from matrix_results.grid import SIGNS, duration

HTML = "text/html; charset=utf-8"
_SHORT = 12
# Of a status or a standing, by its value.
_SIGNS = {**{status.value: sign for status, sign in SIGNS.items()}, "not-generated": "?"}


def overview(view: Overview, *, words: str, standing: Standing | None) -> Content:
    """The overview: of all, what a search finds, and of that what has a standing."""
    found = view.matching(words)
    return _page(
        "overview.html.jinja",
        view=view,
        found=found,
        shown=found.having(standing),
        words=words,
        wanted=standing,
    )


def package(view: Package) -> Content:
    """The page of one suite."""
    name = view.row.name
    grid = render.suite_grid(view.row.suite, view.changes, lambda cell: cell_url(name, cell))
    return _page("package.html.jinja", view=view, grid=grid)


def cell(view: CellPage) -> Content:
    """The page of one cell."""
    return _page("cell.html.jinja", view=view)


def problem(title: str, told: str) -> bytes:
    """The page of an error."""
    return _page("problem.html.jinja", title=title, told=told).body


@lru_cache(maxsize=None)
def styles() -> str:
    """The style sheet: that of the grid, and the board's own."""
    return f"{render.styles()}{_file('board.css')}"


@lru_cache(maxsize=None)
def icon() -> str:
    """The board's sign in a browser's tabs."""
    return _file("icon.svg")


@lru_cache(maxsize=None)
def _styles_url() -> str:
    return _lasting_url("board.css", styles())


@lru_cache(maxsize=None)
def _icon_url() -> str:
    return _lasting_url("icon.svg", icon())


def _lasting_url(name: str, content: str) -> str:
    """Where a file is that may be kept for ever; another content has another URL."""
    return f"/static/{name}?v={hashlib.sha256(content.encode()).hexdigest()[:_SHORT]}"


def _file(name: str) -> str:
    return (files("compat_board") / "templates" / name).read_text(encoding="utf-8")


def package_url(name: str) -> str:
    """The page of a suite."""
    return f"/packages/{quote(name, safe='')}"


def cell_url(name: str, cell: Cell) -> str:
    """The page of a cell."""
    return f"{package_url(name)}/{quote(cell.version, safe='')}/{quote(cell.python, safe='')}"


def _overview_url(words: str = "", standing: Standing | None = None) -> str:
    asked = {"q": words, "status": standing.value if standing else ""}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"/?{query}" if query else "/"


def _page(template: str, **context: object) -> Content:
    return Content(_environment().get_template(template).render(**context).encode(), HTML)


def _minute(moment: datetime.datetime) -> Markup:
    """A time for people and machines."""
    told = moment.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), told)


def _commit(run: RunInfo) -> Markup:
    """The commit of a run, short; nothing where it has none."""
    if run.commit is None:
        return Markup("")
    return Markup('<code title="{}">{}</code>').format(run.commit, run.commit[:_SHORT])


@lru_cache(maxsize=None)
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("compat_board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(commit=_commit, duration=duration, minute=_minute, project=project)
    found.globals.update(
        SIGNS=_SIGNS,
        Status=Status,
        bar=render.bar,
        cell_url=cell_url,
        icon_url=_icon_url,
        overview_url=_overview_url,
        package_url=package_url,
        styles_url=_styles_url,
    )
    return found
