"""Where what canaries saw arrives: `POST /canaries` of the API."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from compat_board.received.acceptance import Unacceptable, require_made
from compat_board.received.api_base import api_router, refusals
from compat_board.received.endpoint import StoredRun
from compat_board.received.receipt import Stored
from compat_board.received.upload import Limits, read_body, require_token
from matrix_updates.canary.song import Song, read_song
from matrix_updates.errors import UnreadableFolder

_REFUSALS = refusals(
    {
        401: "Not the token of this board",
        403: "This board takes no reports",
        408: "It did not arrive in time",
        413: "It is too large",
        415: "It is compressed",
        422: "It is not what `matrix-updates canary --output` writes",
        503: "The database does not answer; send it again",
    }
)


def canary_endpoint(
    store: Callable[[Song], Stored], *, token: SecretStr | None, limits: Limits
) -> APIRouter:
    """The route, for an application. Without a token nothing is taken."""
    router = api_router()

    @router.post(
        "/canaries",
        status_code=201,
        response_model=StoredRun,
        responses={200: {"model": StoredRun, "description": "It was here already"}, **_REFUSALS},
        # Only described here: `require_token` is what looks.
        dependencies=[Security(HTTPBearer(auto_error=False, scheme_name="token"))],
        summary="Take what a canary saw. It is shown apart, and breaks no standing.",
    )
    async def post_canary(request: Request) -> JSONResponse:
        require_token(request, token)
        body = await read_body(request, limits)
        stored = await asyncio.to_thread(_receive, store, body)
        answer = StoredRun(identity=stored.identity, created=stored.created)
        return JSONResponse(answer.model_dump(), 201 if stored.created else 200)

    return router


def _receive(store: Callable[[Song], Stored], body: bytes) -> Stored:
    """Raises `HTTPException`, and `sqlalchemy.exc.SQLAlchemyError`; then nothing is stored."""
    try:
        song = read_song(body, source="the body")
        require_made(song.made_at, now=datetime.datetime.now(datetime.timezone.utc))
    except (UnreadableFolder, Unacceptable) as error:
        raise HTTPException(422, f"{error}.") from None
    return store(song)
