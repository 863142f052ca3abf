"""The SQLite file: opened durably, brought up to date, used by one watcher at a time."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

#: Seconds to wait for another process that writes.
_PATIENCE = 10.0


class DatabaseUnusable(Exception):
    """The file cannot be used: which, why, and what to do."""


@contextmanager
def open_database(file: Path) -> Iterator[Engine]:
    """Make or migrate the file, and keep other watchers from it within a `with` block.

    Raises `DatabaseUnusable`.
    """
    try:
        lock = file.with_name(f"{file.name}.lock").open("w")
    except OSError as error:
        raise DatabaseUnusable(
            f"{file}: {error.strerror}; set RELEASE_WATCHER_DATABASE to a file that can be made"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatabaseUnusable(
                f"{file}: another release-watcher uses it; stop that one, or set RELEASE_WATCHER_DATABASE"
            ) from error
        engine = _engine(file)
        try:
            _migrate(engine, file)
            yield engine
        finally:
            engine.dispose()


@contextmanager
def read_database(file: Path) -> Iterator[Engine]:
    """Open a file that a watcher may be using, to look at it; raises `DatabaseUnusable`."""
    engine = _engine(file, begin="BEGIN")
    try:
        yield engine
    except DatabaseError as error:
        raise DatabaseUnusable(
            f"{file}: not a database of release-watcher: {error.orig}"
        ) from error
    finally:
        engine.dispose()


def _engine(file: Path, begin: str = "BEGIN IMMEDIATE") -> Engine:
    """An engine whose transactions take the lock when they begin: one that reads first and then
    writes could not be sure of getting it (SQLITE_BUSY_SNAPSHOT)."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": _PATIENCE, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if begin != "BEGIN":
            # What is committed stays so even if the power fails.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _migrate(engine: Engine, file: Path) -> None:
    # Not for those who only look: it takes a while to import.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "release_watcher:migrations")
    # The tables are made in one transaction, or not at all.
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnusable(
            f"{file}: written by a newer release-watcher ({error}); run that one, or move the file away"
        ) from error
    except DatabaseError as error:
        raise DatabaseUnusable(
            f"{file}: {error.orig}; set RELEASE_WATCHER_DATABASE to a database of release-watcher"
        ) from error
