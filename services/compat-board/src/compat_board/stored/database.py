"""The connection to the database: an SQLite file, or PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import stamina
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

_CONNECT_SECONDS = 5
_LOCK_SECONDS = 30
_POOL_SECONDS = 10
_STATEMENT_SECONDS = 30
VALUES = 500
"""How many values a statement may have: SQLite admits some 32,000, older ones 999."""

# Any number will do, as long as nothing else of the database uses it.
_WRITER_LOCK = 0x636F6D70


class DatabaseUrlError(ValueError):
    """A database URL that the board cannot use; the text says what it may be."""


class Database:
    """A pool of connections. Many may read at once; one writes, in one transaction."""

    def __init__(self, url: str) -> None:
        """`url` is as `parse_url` takes it; nothing is connected yet.

        Raises `DatabaseUrlError`, and `OSError` where the folder of a file cannot be made.
        """
        self.url = parse_url(url)
        self.engine = _engine(self.url)

    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file, which nobody else administers."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database throughout."""
        with self.reader() as connection, Session(connection) as session:
            yield session

    def reader(self) -> Connection:
        """As `reading`, without a session."""
        return self.engine.connect()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in a transaction of the only writer: committed at the end, or undone."""
        with self.writer() as connection, Session(connection) as session:
            yield session
            session.flush()

    @contextmanager
    def writer(self) -> Iterator[Connection]:
        """As `writing`, without a session."""
        with self.engine.connect() as connection:
            if self.is_file:
                connection.execution_options(writes=True)
            else:
                # What others wrote while this one waited for the lock must be seen.
                connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                if not self.is_file:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))
                yield connection

    def probe(self) -> None:
        """Raises `sqlalchemy.exc.SQLAlchemyError` unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def shrink(self) -> None:
        """Gives what was deleted back to the file system, where nobody else does."""
        if self.is_file:
            with self.writer() as connection:
                # A page for each row that is asked for, and the rows have no columns.
                cursor = connection.connection.cursor()
                cursor.execute("PRAGMA incremental_vacuum")
                cursor.fetchall()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        self.engine.dispose()


def parse_url(url: str) -> URL:
    """`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host/name`.

    Raises `DatabaseUrlError` for anything else, without telling a password.
    """
    expected = "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlError(f"the database URL cannot be read: {expected}") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql") or not parsed.database:
        told = parsed.render_as_string(hide_password=True)
        raise DatabaseUrlError(f"the database URL is {told}: {expected}")
    return parsed.set(drivername="sqlite+pysqlite" if backend == "sqlite" else "postgresql+psycopg")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            # A connection that died while it was idle is replaced unnoticed.
            pool_pre_ping=True,
            pool_timeout=_POOL_SECONDS,
            pool_size=10,
            max_overflow=10,
            isolation_level="REPEATABLE READ",
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "options": f"-c statement_timeout={_STATEMENT_SECONDS}s",
            },
        )
    Path(str(url.database)).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _LOCK_SECONDS}, pool_timeout=_POOL_SECONDS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin transactions by itself, and only before a write: see `_begin_sqlite`.
    connection.isolation_level = None
    # For `shrink`; it has an effect while there is no table only, and in this order.
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    # Readers are not held up by the writer, and what was answered for survives a power cut. Of
    # several that open a new file at once, SQLite lets some fail where others wait.
    for attempt in stamina.retry_context(
        on=_is_busy, attempts=None, timeout=_LOCK_SECONDS, wait_initial=0.01, wait_max=0.1
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _is_busy(error: Exception) -> bool:
    # The low byte; the rest says what it is busy with: https://www.sqlite.org/rescode.html
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )


def _begin_sqlite(connection: Connection) -> None:
    # A writer waits here, before it has read anything that another one may change.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
