"""The SQLite file: opened durably, brought up to date, used by one watcher at a time."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

#: Seconds to wait for another process that writes.
_PATIENCE = 10.0

_LOCKED = (
    f"another program has locked it for more than {_PATIENCE:g} seconds; end that one, or try again"
)
_DAMAGED = (
    "damaged ({}); restore it from a backup, or move it away: "
    "the next poll is then a baseline, which tells of nothing that happened before"
)
_FOREIGN = (
    "not a database of release-watcher ({}); set RELEASE_WATCHER_DATABASE to one, or to a new file"
)
_OLDER = "written by an older release-watcher ({}); start a watcher of this version, which brings it up to date"
_UNWRITABLE = (
    "{}; make room on its disk and let this user write there, or set RELEASE_WATCHER_DATABASE"
)
#: By SQLite's primary result code (https://www.sqlite.org/rescode.html). Any other is our own fault.
_ADVICE: dict[int | None, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _FOREIGN,
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_FULL: _UNWRITABLE,
    sqlite3.SQLITE_IOERR: _UNWRITABLE,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
}


class DatabaseUnusable(Exception):
    """The file cannot be used: which, why, and what to do."""


@contextmanager
def open_database(file: Path, journal: str = "wal") -> Iterator[Engine]:
    """Make or migrate the file, and keep other watchers from it within a `with` block.

    Transactions read, and several may do so while one writes; `writing` is for those that write.
    journal: SQLite's journal mode. Raises `DatabaseUnusable`, also for errors of the block.
    """
    try:
        lock = _lock_file(file).open("w")
    except OSError as error:
        raise DatabaseUnusable(
            f"{file}: {error.strerror}; set RELEASE_WATCHER_DATABASE to a file that can be made"
        ) from error
    with lock:
        if not _locked(lock):
            raise DatabaseUnusable(
                f"{file}: another release-watcher uses it; stop that one, or set RELEASE_WATCHER_DATABASE"
            )
        _check(file)
        engine = _engine(file, journal)
        try:
            with _explained(file):
                _migrate(engine, file)
                yield engine
        finally:
            engine.dispose()


@contextmanager
def read_database(file: Path) -> Iterator[Engine]:
    """Open a file that a watcher may be using, to look at it; raises `DatabaseUnusable`."""
    engine = _engine(file)
    try:
        with _explained(file):
            yield engine
    except OperationalError as error:
        if _code(error) != sqlite3.SQLITE_ERROR:
            raise
        # No such table, no such column.
        advice = _OLDER if _is_ours(_tables(engine)) else _FOREIGN
        raise DatabaseUnusable(f"{file}: {advice.format(error.orig)}") from error
    finally:
        engine.dispose()


@contextmanager
def visit_database(file: Path, journal: str = "wal") -> Iterator[Engine]:
    """Open a file to write a little into it, beside a watcher that may be using it.

    It is made, or brought up to date, if no watcher is there to do that. Raises `DatabaseUnusable`.
    """
    if not is_watched(file):
        with open_database(file, journal):
            pass
    with read_database(file) as engine:
        yield engine


def writing(engine: Engine) -> Engine:
    """The same, for transactions that write: they take the lock when they begin, as one that reads
    first and then writes could not be sure of getting it (SQLITE_BUSY_SNAPSHOT)."""
    return engine.execution_options(writes=True)


def is_watched(file: Path) -> bool:
    """Whether a watcher uses the file now."""
    try:
        with _lock_file(file).open() as lock:
            # Let go of before anybody notices: see `_locked`.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise DatabaseUnusable(f"{_lock_file(file)}: {error.strerror}") from error
    return False


def beside(file: Path, suffix: str) -> Path:
    """A file beside the database itself, whatever links lead to that."""
    file = file.resolve()
    return file.with_name(f"{file.name}{suffix}")


def _lock_file(file: Path) -> Path:
    return beside(file, ".lock")


def _locked(lock: IO[str]) -> bool:
    """Take the lock, unless a watcher has it. Whoever only looks at it has it for an instant."""
    for pause in (0.1, 0.1, None):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if pause is not None:
                time.sleep(pause)
    return False


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Say in plain words what is wrong with the file."""
    try:
        yield
    except DatabaseError as error:
        advice = _ADVICE.get(_code(error))
        if advice is None:
            raise
        raise DatabaseUnusable(f"{file}: {advice.format(error.orig)}") from error


def _code(error: DatabaseError) -> int | None:
    """SQLite's primary result code."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _check(file: Path) -> None:
    """Refuse a file that is damaged or somebody else's, before anything is written to it."""
    with read_database(file) as engine, engine.connect() as connection:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        if found != "ok":
            raise DatabaseUnusable(f"{file}: {_DAMAGED.format(' '.join(found.split()))}")
        tables = _tables(engine)
    if tables and not _is_ours(tables):
        told = f"it has a table {min(tables)!r}"
        raise DatabaseUnusable(f"{file}: {_FOREIGN.format(told)}")


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def _is_ours(tables: set[str]) -> bool:
    return {"alembic_version", "packages"} <= tables


def _engine(file: Path, journal: str | None = None) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": _PATIENCE, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if journal is not None:
            # What is committed stays so even if the power fails.
            connection.execute(f"PRAGMA journal_mode = {journal}")
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(engine: Engine, file: Path) -> None:
    # Not for those who only look: it takes a while to import.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "release_watcher.recorded:migrations")
    # The tables are made in one transaction, or not at all.
    try:
        with writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnusable(
            f"{file}: written by a newer release-watcher ({error}); run that one, or move the file away"
        ) from error
