"""The board in this process, asked through its ASGI interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from compat_board.application import create_board
from compat_board.settings import BoardSettings
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate
from matrix_results import Run, encode

TOKEN = "a token of the tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


class Board:
    """A board with an SQLite file of its own; `settings` are those of `BoardSettings`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        url = f"sqlite:///{folder / 'board.sqlite3'}"
        given = {"database": url, "token": TOKEN, **settings}
        self.database = Database(url)
        migrate(self.database)
        self.application = create_board(BoardSettings(**given), self.database)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, and the whole answer."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.application)
            async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page; `headers` have underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, headers=named)

    def send(
        self, report: Run | bytes | AsyncIterator[bytes], covers: str = "", **headers: str
    ) -> httpx.Response:
        """Sends a report, with the right token unless `headers` say otherwise."""
        path = f"/api/v1/runs{f'?covers={covers}' if covers else ''}"
        body = encode(report) if isinstance(report, Run) else report
        return self.ask("POST", path, content=body, headers={**AUTHORIZED, **headers})

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """The statements that the database is sent within a `with` block."""
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT"):
                found.append(statement)

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)

    def runs(self) -> list[Any]:
        """All runs that it tells of."""
        return list(self.get("/api/v1/runs?limit=500").json())
