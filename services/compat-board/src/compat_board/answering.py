"""Answers requests from the database, and only if there is something new to say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from compat_board import reading
from compat_board.database import Database
from compat_board.page_cache import Content, PageCache

_CACHE_BYTES = 64 * 1024 * 1024
REVALIDATE = "no-cache"
"""Keep it, but ask each time whether it is still true."""


class Answers:
    """Makes contents in sessions of a database, keeps them, and answers 304 where it may."""

    def __init__(self, database: Database, *, version: str) -> None:
        """`version` is part of every entity tag, beside the templates and the stored state."""
        self._database = database
        self._version = f"{version}-{_templates_digest()}"
        self._cache = PageCache(_CACHE_BYTES)

    def __call__(
        self,
        request: Request,
        make: Callable[[Session], Content | None],
        *,
        cache_control: str = REVALIDATE,
    ) -> Response:
        """The answer with the content that `make` finds; raises 404 where it finds none.

        What has a query is not kept: there is no end of queries.
        """
        path = request.url.path
        with self._database.reading() as session:
            state = f"{self._version}-{reading.state(session)}"
            headers = {"ETag": f'"{state}"', "Cache-Control": cache_control}
            content = self._cache.get(state, path) if not request.url.query else None
            if content is None:
                content = make(session)
                if content is None:
                    raise HTTPException(404)
                if not request.url.query:
                    self._cache.keep(state, path, content)
        if _is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(content.body, media_type=content.media_type, headers=headers)


def _is_known(request: Request, tag: str) -> bool:
    given = request.headers.get("If-None-Match", "")
    return given == "*" or tag in (entry.strip().removeprefix("W/") for entry in given.split(","))


def _templates_digest() -> str:
    digest = hashlib.sha256()
    for package in ("compat_board", "matrix_results"):
        folder = files(package) / "templates"
        for template in sorted(folder.iterdir(), key=lambda template: template.name):
            digest.update(template.read_bytes())
    return digest.hexdigest()[:12]
