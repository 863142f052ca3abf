"""Errors, as a page for people and as JSON for programs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match

from compat_board.received.api_base import API, Problem
from compat_board.shown.rendering import Renderer
from compat_board.shown.root import path_below_root

_RETRY_SECONDS = 5
_METHODS = ("GET", "HEAD", "POST")
_TOLD = {
    404: "There is nothing at this address. A package has a page once a report has told of it.",
    405: "This address answers another method.",
    503: "The database does not answer. This page will be there again as soon as it does.",
}

_log = logging.getLogger(__name__)


def install(
    application: FastAPI, renderer: Renderer, *, unavailable: Sequence[type[Exception]]
) -> None:
    """Adds the handlers; `unavailable` are the errors of a database that is away."""

    def answer(
        request: Request, status: int, told: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        headers = {**headers, "Cache-Control": "no-store"}
        if path_below_root(request.scope).startswith(f"{API}/"):
            return JSONResponse(Problem(detail=told).model_dump(), status, headers)
        body = renderer.problem(HTTPStatus(status).phrase, told)
        return HTMLResponse(body, status, headers)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        told = error.detail
        if told == HTTPStatus(error.status_code).phrase:
            told = _TOLD.get(error.status_code, told)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # Starlette names those of the first route alone (RFC 9110, 15.5.6).
            allowed = ", ".join(_methods(request))
            headers.update({"Allow": allowed} if allowed else {})
        return answer(request, error.status_code, told, headers)

    async def misunderstood(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(f"{found['loc'][-1]}: {found['msg']}" for found in error.errors())
        return answer(request, 422, f"{told}.")

    async def away(request: Request, error: Exception) -> Response:
        _log.error("the database does not answer", exc_info=error)
        return answer(request, 503, _TOLD[503], {"Retry-After": str(_RETRY_SECONDS)})

    application.add_exception_handler(HTTPException, refused)
    application.add_exception_handler(RequestValidationError, misunderstood)
    for kind in unavailable:
        application.add_exception_handler(kind, away)


def _methods(request: Request) -> Iterator[str]:
    """The methods that the address of a request answers, by whichever route."""
    for method in _METHODS:
        asked = {**request.scope, "method": method}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
            yield method
