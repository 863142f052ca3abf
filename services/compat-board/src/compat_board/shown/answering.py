"""Answers requests from the database, and only if there is something new to say."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Hashable
from importlib.resources import files

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from compat_board.read import reading, views
from compat_board.read.views import Overview
from compat_board.shown.page_cache import Content, PageCache
from compat_board.stored.database import Database

_CACHE_BYTES = 64 * 1024 * 1024
REVALIDATE = "no-cache"
"""Keep it, but ask each time whether it is still true."""


class Answers:
    """Makes contents in sessions of a database, keeps them, and answers 304 where it may."""

    def __init__(self, database: Database, *, version: str) -> None:
        """`version` is part of every entity tag, beside the templates and the stored state.

        It tells whatever else answers depend on.
        """
        self._database = database
        self._version = _digest(version)
        self._cache = PageCache(_CACHE_BYTES)
        self._asking: asyncio.Task[str] | None = None
        # After each report everybody asks for the same pages: one makes a page, the others wait. And
        # one page at a time: Python runs one thread at once, and if several want to compute, the
        # server's own has to wait for each of them between any two steps.
        self._making = asyncio.Lock()
        self._overview: tuple[str, Overview] | None = None

    async def __call__(
        self,
        request: Request,
        make: Callable[[Session], Content | None],
        *asked: Hashable,
        cache_control: str = REVALIDATE,
    ) -> Response:
        """The answer with the content that `make` finds; raises 404 where it finds none.

        `asked` is what it depends on beside the path: of the query, what was understood.
        """
        state = await self._state()
        if _is_known(request, state):
            return Response(status_code=304, headers=_headers(state, cache_control))
        key = request.scope["path"], *asked
        content = self._cache.get(state, key)
        if content is None:
            async with self._making:
                content = self._cache.get(state, key)
                if content is None:
                    state, content = await run_in_threadpool(self._make, key, make)
        if content is None:
            raise HTTPException(404)
        headers = _headers(state, cache_control)
        return Response(content.body, media_type=content.media_type, headers=headers)

    def overview(self, session: Session) -> Overview:
        """What is stored of all suites, found once for a state of the database."""
        state = reading.state(session)
        known = self._overview
        if known is None or known[0] != state:
            known = self._overview = state, views.overview(session)
        return known[1]

    async def _state(self) -> str:
        """The state, read after this was called; those who call while it waits for a thread share it."""
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.create_task(run_in_threadpool(self._ask))
        # Others wait for it too, whatever becomes of this request.
        return await asyncio.shield(asking)

    def _ask(self) -> str:
        # Who asks from here on may have to be told of something newer.
        self._asking = None
        with self._database.reader() as connection:
            return self._named(reading.state(connection))

    def _make(
        self, key: Hashable, make: Callable[[Session], Content | None]
    ) -> tuple[str, Content | None]:
        """The content, and the state that it is of."""
        with self._database.reading() as session:
            state = self._named(reading.state(session))
            content = self._cache.get(state, key)
            if content is None:
                content = make(session)
                if content is not None:
                    self._cache.keep(state, key, content)
            return state, content

    def _named(self, state: str) -> str:
        return f"{self._version}-{state}"


def _headers(state: str, cache_control: str) -> dict[str, str]:
    return {"ETag": _tag(state), "Cache-Control": cache_control}


def _tag(state: str) -> str:
    return f'"{state}"'


def _is_known(request: Request, state: str) -> bool:
    given = request.headers.get("If-None-Match", "")
    return _tag(state) in (entry.strip().removeprefix("W/") for entry in given.split(","))


def _digest(version: str) -> str:
    """Of the version and of all templates."""
    digest = hashlib.sha256(version.encode())
    for package in ("compat_board.shown", "matrix_results"):
        folder = files(package) / "templates"
        for template in sorted(folder.iterdir(), key=lambda template: template.name):
            digest.update(template.read_bytes())
    return digest.hexdigest()[:12]
