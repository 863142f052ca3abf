"""The pages, badges and the support table: what people, and their READMEs, look at."""

from __future__ import annotations

import dataclasses

import msgspec
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from compat_board.read import reading, views
from compat_board.read.history import Standing
from compat_board.read.reading import SuiteState
from compat_board.shown import rendering
from compat_board.shown.answering import REVALIDATE, Answers
from compat_board.shown.page_cache import Content
from compat_board.shown.rendering import Asset, Renderer
from compat_board.stored.canaries import latest_canary
from compat_board.stored.merged import merged_requests
from matrix_results import Badge, matrix_badge, render, suite_badge, support

_MAX_SEARCH = 200
_SVG = "image/svg+xml"
# Caches between here and a README may hold a badge for that long.
_BADGE_CACHE = "public, max-age=300"
_FOREVER = "public, max-age=31536000, immutable"


def pages(answers: Answers, renderer: Renderer) -> Router:
    """An application of plain routes: nothing here needs FastAPI's, which take several times longer."""

    async def overview(request: Request) -> Response:
        words = " ".join(request.query_params.get("q", "")[:_MAX_SEARCH].split())
        known = {standing.value: standing for standing in Standing}
        wanted = known.get(request.query_params.get("status", ""))

        def make(session: Session) -> Content:
            return renderer.overview(
                answers.overview(session),
                latest_canary(session),
                merged_requests(session),
                words=words,
                standing=wanted,
            )

        return await answers(request, make, words, wanted)

    async def canary(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            song = latest_canary(session)
            return renderer.canary(song) if song is not None else None

        return await answers(request, make)

    async def package(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            view = views.package(session, **request.path_params)
            if view is None:
                return None
            return renderer.package(view, merged_requests(session))

        return await answers(request, make)

    async def cell(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            view = views.cell(session, **request.path_params)
            return renderer.cell(view, merged_requests(session)) if view is not None else None

        return await answers(request, make)

    async def matrix(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            run = answers.overview(session).as_run()
            return _svg(render.badge(matrix_badge(run))) if run is not None else None

        return await answers(request, make, cache_control=_BADGE_CACHE)

    async def badge(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            state = reading.suite_named(session, **request.path_params)
            return _svg(render.badge(_badge(state))) if state is not None else None

        return await answers(request, make, cache_control=_BADGE_CACHE)

    async def support_table(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            run = answers.overview(session).as_run()
            if run is None:
                return None
            return Content(support.table(run).encode(), "text/markdown; charset=utf-8")

        return await answers(request, make)

    return Router(
        [
            Route("/", overview),
            Route("/canary", canary),
            Route("/packages/{name}", package),
            Route("/packages/{name}/{version}/{python}", cell),
            Route("/badge/matrix.svg", matrix),
            Route("/badge/{name}.svg", badge),
            Route("/support.md", support_table),
            Route("/static/board.css", _styles),
            Route("/static/icon.svg", _icon),
        ],
        redirect_slashes=False,
    )


async def _styles(request: Request) -> Response:
    return _static(rendering.styles(), request)


async def _icon(request: Request) -> Response:
    return _static(rendering.icon(), request)


def _badge(state: SuiteState) -> Badge:
    if not state.gone:
        return suite_badge(state.suite)
    nothing_known = suite_badge(msgspec.structs.replace(state.suite, cells=()))
    return dataclasses.replace(nothing_known, message="no longer tested")


def _svg(text: str) -> Content:
    return Content(text.encode(), _SVG)


def _static(asset: Asset, request: Request) -> Response:
    """Only what was asked for by its version is what it will always be there."""
    known = request.query_params.get("v") == asset.version
    headers = {"Cache-Control": _FOREVER if known else REVALIDATE}
    return Response(asset.text, media_type=asset.media_type, headers=headers)
