"""Boards, and the database servers below them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from board_testing.inside import Board
from board_testing.postgres import PostgresServer, postgres_server


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'board.sqlite3'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create(f"board_{abs(hash(str(tmp_path)))}")
