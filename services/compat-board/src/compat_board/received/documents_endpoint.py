"""Where documents arrive that are no report of a run: `POST /canaries` and `POST /merged` of the API."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass

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
from matrix_updates.publish.merged import MergedRequests, read_merged


@dataclass(frozen=True)
class _Document:
    """A kind of document: where it arrives, who writes it, and how it is taken.

    `take` stores a body; it raises `UnreadableFolder` and `Unacceptable` for one that it refuses.
    """

    path: str
    writer: str
    summary: str
    take: Callable[[bytes], Stored]


def documents_endpoint(
    store_canary: Callable[[Song], Stored],
    store_merged: Callable[[MergedRequests], Stored],
    *,
    token: SecretStr | None,
    limits: Limits,
) -> APIRouter:
    """The routes, for an application. Without a token nothing is taken."""

    def take_canary(body: bytes) -> Stored:
        song = read_song(body, source="the body")
        _require_made(song.made_at)
        return store_canary(song)

    def take_merged(body: bytes) -> Stored:
        merged = read_merged(body, source="the body")
        for each in merged.requests:
            _require_made(each.merged_at)
        return store_merged(merged)

    router = api_router()
    for document in (
        _Document(
            "/canaries",
            "matrix-updates canary --output",
            "Take what a canary saw. It is shown apart, and breaks no standing.",
            take_canary,
        ),
        _Document(
            "/merged",
            "matrix-updates publish --merged",
            "Take which requests were merged. Runs of their commits then link to them.",
            take_merged,
        ),
    ):
        _add(router, document, token=token, limits=limits)
    return router


def _add(
    router: APIRouter, document: _Document, *, token: SecretStr | None, limits: Limits
) -> None:
    described = refusals(
        {
            401: "Not the token of this board",
            403: "This board takes no reports",
            408: "It did not arrive in time",
            413: "It is too large",
            415: "It is compressed",
            422: f"It is not what `{document.writer}` writes",
            503: "The database does not answer; send it again",
        }
    )

    @router.post(
        document.path,
        name=f"post_{document.path.strip('/')}",
        status_code=201,
        response_model=StoredRun,
        responses={200: {"model": StoredRun, "description": "It was here already"}, **described},
        # Only described here: `require_token` is what looks.
        dependencies=[Security(HTTPBearer(auto_error=False, scheme_name="token"))],
        summary=document.summary,
    )
    async def post_document(request: Request) -> JSONResponse:
        require_token(request, token)
        body = await read_body(request, limits)
        stored = await asyncio.to_thread(_taken, document, body)
        answer = StoredRun(identity=stored.identity, created=stored.created)
        return JSONResponse(answer.model_dump(), 201 if stored.created else 200)


def _taken(document: _Document, body: bytes) -> Stored:
    """Raises `HTTPException`, and `sqlalchemy.exc.SQLAlchemyError`; then nothing is stored."""
    try:
        return document.take(body)
    except (UnreadableFolder, Unacceptable) as error:
        raise HTTPException(422, f"{error}.") from None


def _require_made(moment: datetime.datetime) -> None:
    require_made(moment, now=datetime.datetime.now(datetime.timezone.utc))
