"""Errors, as a page for people and as JSON for programs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from compat_board import rendering
from compat_board.api import PREFIX

_RETRY_SECONDS = 5
_TOLD = {
    404: "There is nothing at this address. A package has a page once a report has told of it.",
    405: "This address answers another method.",
    503: "The database does not answer. This page will be there again as soon as it does.",
}

_log = logging.getLogger(__name__)


def install(application: FastAPI, *, unavailable: Sequence[type[Exception]]) -> None:
    """Adds the handlers; `unavailable` are the errors of a database that is away."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        told = error.detail
        if told == HTTPStatus(error.status_code).phrase:
            told = _TOLD.get(error.status_code, told)
        return _answer(request, error.status_code, told, dict(error.headers or {}))

    async def away(request: Request, error: Exception) -> Response:
        _log.error("the database does not answer", exc_info=error)
        return _answer(request, 503, _TOLD[503], {"Retry-After": str(_RETRY_SECONDS)})

    application.add_exception_handler(HTTPException, refused)
    for kind in unavailable:
        application.add_exception_handler(kind, away)


def _answer(request: Request, status: int, told: str, headers: dict[str, str]) -> Response:
    headers["Cache-Control"] = "no-store"
    if request.url.path.startswith(f"{PREFIX}/"):
        return JSONResponse({"detail": told}, status, headers)
    return HTMLResponse(rendering.problem(HTTPStatus(status).phrase, told), status, headers)
