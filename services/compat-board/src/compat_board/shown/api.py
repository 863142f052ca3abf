"""The JSON API: says what the pages say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from compat_board.read import reading, views
from compat_board.received.api_base import api_router, refusals
from compat_board.received.report_schema import REPORT
from compat_board.shown.answering import Answers
from compat_board.shown.api_models import (
    CellDetailAnswer,
    PackageAnswer,
    PackageDetailAnswer,
    RunSummaryAnswer,
)
from compat_board.shown.page_cache import Content
from compat_board.stored.canaries import latest_canary
from compat_board.stored.merged import merged_requests
from matrix_results import encode
from matrix_updates.proposal.documents import encode as encode_document

_JSON = "application/json"
_MISSING = refusals({404: "There is none"})

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


def api(answers: Answers) -> APIRouter:
    """The routes, for an application."""
    router = api_router()

    def reads(path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        """Registers what answers GET, and HEAD as GET, of which there is no more to describe."""

        def register(endpoint: Endpoint) -> Endpoint:
            router.get(path, **described)(endpoint)
            router.head(path, include_in_schema=False, response_model=None)(endpoint)
            return endpoint

        return register

    @reads("/runs", response_model=list[RunSummaryAnswer], summary="The latest runs.")
    async def runs(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> Response:
        def make(session: Session) -> Content:
            found = reading.latest_runs(session, limit=limit)
            return _listed([RunSummaryAnswer.of_summary(summary) for summary in found])

        return await answers(request, make, limit)

    @reads(
        "/runs/{identity}",
        response_class=Response,
        responses={
            200: {"content": {_JSON: {"schema": REPORT}}, "description": "`report.json`, as sent"},
            **_MISSING,
        },
        summary="The report of a run, with its times in UTC.",
    )
    async def run(request: Request, identity: str) -> Response:
        def make(session: Session) -> Content | None:
            found = reading.run_with_identity(session, identity)
            return Content(encode(found), _JSON) if found is not None else None

        return await answers(request, make)

    @reads("/packages", response_model=list[PackageAnswer], summary="Every suite.")
    async def packages(request: Request) -> Response:
        def make(session: Session) -> Content:
            view = answers.overview(session)
            return _listed([PackageAnswer.of(row) for row in (*view.rows, *view.gone)])

        return await answers(request, make)

    @reads(
        "/packages/{name}",
        response_model=PackageDetailAnswer,
        responses=_MISSING,
        summary="One suite with its cells.",
    )
    async def package(request: Request, name: str) -> Response:
        def make(session: Session) -> Content | None:
            view = views.package(session, name)
            return _one(PackageDetailAnswer.of_package(view)) if view is not None else None

        return await answers(request, make)

    @reads(
        "/packages/{name}/{version}/{python}",
        response_model=CellDetailAnswer,
        responses=_MISSING,
        summary="One cell with its history.",
    )
    async def cell(request: Request, name: str, version: str, python: str) -> Response:
        def make(session: Session) -> Content | None:
            view = views.cell(session, name, version, python)
            return _one(CellDetailAnswer.of_page(view)) if view is not None else None

        return await answers(request, make)

    @reads(
        "/canary",
        response_class=Response,
        responses={200: {"content": {_JSON: {}}, "description": "As it was sent"}, **_MISSING},
        summary="What the latest canary saw; it is no run.",
    )
    async def canary(request: Request) -> Response:
        def make(session: Session) -> Content | None:
            song = latest_canary(session)
            return Content(encode_document(song), _JSON) if song is not None else None

        return await answers(request, make)

    @reads(
        "/merged",
        response_class=Response,
        responses={200: {"content": {_JSON: {}}, "description": "The latest first"}},
        summary="Which requests were merged, and as which commits.",
    )
    async def merged(request: Request) -> Response:
        def make(session: Session) -> Content:
            return Content(encode_document(merged_requests(session)), _JSON)

        return await answers(request, make)

    return router


def _one(answer: BaseModel) -> Content:
    return Content(answer.model_dump_json().encode(), _JSON)


def _listed(answers: Sequence[BaseModel]) -> Content:
    return Content(
        msgspec.json.encode([answer.model_dump(mode="json") for answer in answers]), _JSON
    )
