"""Where reports arrive: `POST /runs` of the API."""

from __future__ import annotations

import asyncio
import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from compat_board.received.acceptance import Unacceptable, require_acceptable
from compat_board.received.api_base import api_router, refusals
from compat_board.received.formats import read_report
from compat_board.received.receipt import Covers, LacksSuites, Stored
from compat_board.received.report_schema import REPORT
from compat_board.received.upload import Limits, read_body, require_token
from matrix_results import Run, UnreadableReport

_REFUSALS = refusals(
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


class StoredRun(BaseModel):
    """What became of a report: `created` is false where the board had it already."""

    identity: str
    created: bool


class Store(Protocol):
    """Stores an acceptable run. Raises `LacksSuites`; then nothing is stored."""

    def __call__(self, run: Run, *, now: datetime.datetime, covers: Covers | None) -> Stored:
        """Returns what its sender is told."""


def endpoint(store: Store, *, token: SecretStr | None, limits: Limits) -> APIRouter:
    """The route, for an application. Without a token no report is taken."""
    router = api_router()
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
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {"schema": REPORT}}}
        },
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
            stored = await asyncio.to_thread(_receive, store, body, covers)
        answer = StoredRun(identity=stored.identity, created=stored.created)
        return JSONResponse(answer.model_dump(), 201 if stored.created else 200)

    return router


def _receive(store: Store, body: bytes, covers: Covers | None) -> Stored:
    """Raises `HTTPException`, and `sqlalchemy.exc.SQLAlchemyError`; then nothing is stored."""
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        run = read_report(body)
        require_acceptable(run, now=now)
    except (UnreadableReport, Unacceptable) as error:
        raise HTTPException(422, f"{error}.") from None
    try:
        return store(run, now=now, covers=covers)
    except LacksSuites as error:
        raise HTTPException(409, f"{error}.") from None
