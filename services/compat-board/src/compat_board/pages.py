"""The pages, badges and the support table: what people, and their READMEs, look at."""

from __future__ import annotations

import dataclasses

import msgspec
from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from compat_board import reading, rendering, views
from compat_board.answering import REVALIDATE, Answers
from compat_board.history import Standing
from compat_board.page_cache import Content
from compat_board.reading import SuiteState
from compat_board.rendering import Asset, Renderer
from matrix_results import Badge, matrix_badge, render, suite_badge, support

_MAX_SEARCH = 200
_SVG = "image/svg+xml"
_READ = ["GET", "HEAD"]
# Caches between here and a README may hold a badge for that long.
_BADGE_CACHE = "public, max-age=300"
_FOREVER = "public, max-age=31536000, immutable"


def pages(answers: Answers, renderer: Renderer) -> APIRouter:
    """The routes, for an application."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=_READ)
    def overview(request: Request, q: str = "", status: str = "") -> Response:
        words = " ".join(q[:_MAX_SEARCH].split())
        known = {standing.value: standing for standing in Standing}
        wanted = known.get(status)

        def make(session: Session) -> Content:
            return renderer.overview(answers.overview(session), words=words, standing=wanted)

        return answers(request, make, words, wanted)

    @router.api_route("/packages/{name}", methods=_READ)
    def package(request: Request, name: str) -> Response:
        def make(session: Session) -> Content | None:
            view = views.package(session, name)
            return renderer.package(view) if view is not None else None

        return answers(request, make)

    @router.api_route("/packages/{name}/{version}/{python}", methods=_READ)
    def cell(request: Request, name: str, version: str, python: str) -> Response:
        def make(session: Session) -> Content | None:
            view = views.cell(session, name, version, python)
            return renderer.cell(view) if view is not None else None

        return answers(request, make)

    @router.api_route("/badge/matrix.svg", methods=_READ)
    def matrix(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            run = answers.overview(session).as_run()
            return _svg(render.badge(matrix_badge(run))) if run is not None else None

        return answers(request, make, cache_control=_BADGE_CACHE)

    @router.api_route("/badge/{name}.svg", methods=_READ)
    def badge(request: Request, name: str) -> Response:
        def make(session: Session) -> Content | None:
            state = reading.suite_named(session, name)
            return _svg(render.badge(_badge(state))) if state is not None else None

        return answers(request, make, cache_control=_BADGE_CACHE)

    @router.api_route("/support.md", methods=_READ)
    def support_table(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            run = answers.overview(session).as_run()
            if run is None:
                return None
            return Content(support.table(run).encode(), "text/markdown; charset=utf-8")

        return answers(request, make)

    @router.api_route("/static/board.css", methods=_READ)
    def styles(v: str = "") -> Response:
        return _static(rendering.styles(), v)

    @router.api_route("/static/icon.svg", methods=_READ)
    def icon(v: str = "") -> Response:
        return _static(rendering.icon(), v)

    return router


def _badge(state: SuiteState) -> Badge:
    if not state.gone:
        return suite_badge(state.suite)
    nothing_known = suite_badge(msgspec.structs.replace(state.suite, cells=()))
    return dataclasses.replace(nothing_known, message="no longer tested")


def _svg(text: str) -> Content:
    return Content(text.encode(), _SVG)


def _static(asset: Asset, version: str) -> Response:
    """Only what was asked for by its version is what it will always be there."""
    headers = {"Cache-Control": _FOREVER if version == asset.version else REVALIDATE}
    return Response(asset.text, media_type=asset.media_type, headers=headers)
