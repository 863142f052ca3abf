"""The JSON API: takes reports, and says what the pages say."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, SecretStr
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compat_board.read import reading, views
from compat_board.received.acceptance import Unacceptable, require_acceptable
from compat_board.received.api_base import Problem
from compat_board.received.receipt import Covers, LacksSuites, Stored
from compat_board.received.upload import Limits, read_body, require_token
from compat_board.shown.answering import Answers
from compat_board.shown.api_models import (
    CellDetailAnswer,
    PackageAnswer,
    PackageDetailAnswer,
    RunSummaryAnswer,
    StoredRun,
)
from compat_board.shown.page_cache import Content
from compat_board.stored import storing
from compat_board.stored.database import Database
from matrix_results import UnreadableReport, decode, encode, schema

PREFIX = "/api/v1"
_JSON = "application/json"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


def _whole(schema: Mapping[str, Any]) -> Any:
    """A JSON Schema with each definition where it is referred to: it stands for itself anywhere."""
    definitions = schema["$defs"]

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref", "").removeprefix("#/$defs/")
        if reference:
            return {
                **resolved(definitions[reference]),
                **{k: v for k, v in part.items() if k != "$ref"},
            }
        return {name: resolved(entry) for name, entry in part.items()}

    return resolved(
        {name: part for name, part in schema.items() if name not in ("$defs", "$schema")}
    )


def _refusals(told: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"model": Problem, "description": description}
        for status, description in told.items()
    }


_REPORT = _whole(schema())
_MISSING = _refusals({404: "There is none"})
_ANYWHERE = _refusals(
    {422: "A parameter is not what it should be", 503: "The database does not answer; ask again"}
)
_REFUSALS = _refusals(
    {
        401: "Not the token of this board",
        403: "This board takes no reports",
        408: "It did not arrive in time",
        409: "It says that it is of all of the matrix, but lacks more than half of the suites",
        413: "It is too large",
        415: "It is compressed",
        422: "It is no report of the schema that this board reads, or `covers` is unknown",
        503: "The database does not answer; send it again",
    }
)


def api(
    answers: Answers, database: Database, *, token: SecretStr | None, limits: Limits
) -> APIRouter:
    """The routes, for an application. Without a token no report is taken."""
    router = APIRouter(prefix=PREFIX, responses=_ANYWHERE)
    # One at a time: the database has one writer, and threads that wait for it would be missing
    # where pages are made.
    writer = asyncio.Lock()

    @router.post(
        "/runs",
        status_code=201,
        response_model=StoredRun,
        responses={200: {"model": StoredRun, "description": "It was here already"}, **_REFUSALS},
        # Only described here: `require_token` is what looks.
        dependencies=[Security(HTTPBearer(auto_error=False, scheme_name="token"))],
        openapi_extra={"requestBody": {"required": True, "content": {_JSON: {"schema": _REPORT}}}},
        summary="Take the report of a run: all of it, once, or nothing.",
    )
    async def post_run(
        request: Request,
        covers: Annotated[
            Covers | None,
            Query(
                description="What a report of `all` lacks has left the matrix; one of a `part` "
                "tells nothing of what it lacks. Without it a report is of what it says, and "
                "refused if it says all but lacks more than half of the suites."
            ),
        ] = None,
    ) -> JSONResponse:
        require_token(request, token)
        body = await read_body(request, limits)
        async with writer:
            stored = await asyncio.to_thread(_receive, database, body, covers)
        answer = StoredRun(identity=stored.identity, created=stored.created)
        return JSONResponse(answer.model_dump(), 201 if stored.created else 200)

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
            200: {"content": {_JSON: {"schema": _REPORT}}, "description": "`report.json`, as sent"},
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

    return router


def _receive(database: Database, body: bytes, covers: Covers | None) -> Stored:
    """Raises `HTTPException`, and `sqlalchemy.exc.SQLAlchemyError`; then nothing is stored."""
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        run = decode(body)
        require_acceptable(run, now=now)
    except (UnreadableReport, Unacceptable) as error:
        raise HTTPException(422, f"{error}.") from None
    try:
        return storing.store(database, run, now=now, covers=covers)
    except LacksSuites as error:
        raise HTTPException(409, f"{error}.") from None


def _one(answer: BaseModel) -> Content:
    return Content(answer.model_dump_json().encode(), _JSON)


def _listed(answers: Sequence[BaseModel]) -> Content:
    return Content(
        msgspec.json.encode([answer.model_dump(mode="json") for answer in answers]), _JSON
    )
