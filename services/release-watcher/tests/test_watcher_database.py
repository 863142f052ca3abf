"""The file: migrated, durable, used by one watcher at a time, refused in plain words."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from release_watcher.recorded import database
from release_watcher.recorded.database import (
    DatabaseUnusable,
    is_watched,
    open_database,
    read_database,
    writing,
)
from release_watcher.recorded.store import Store
from release_watcher.recorded.tables import Base
from release_watcher.told.status import read_status


def test_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    with open_database(tmp_path / "w.sqlite") as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_the_journal_of_a_network_file_system(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    for journal in ("wal", "delete"):
        with open_database(file, journal) as engine, engine.connect() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == journal
            Store(engine).probe()
    assert sorted(os.listdir(tmp_path)) == ["w.sqlite", "w.sqlite.lock"]


def make_older(connection: Connection) -> None:
    """Make the tables anew as the first version made them."""
    config = Config()
    config.set_main_option("script_location", "release_watcher.recorded:migrations")
    config.attributes["connection"] = connection
    for table in (*Base.metadata.tables, "alembic_version"):
        connection.execute(text(f"DROP TABLE {table}"))
    command.upgrade(config, "0001")


def test_what_an_older_version_has_written_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine, writing(engine).begin() as connection:
        make_older(connection)
        connection.execute(
            text(
                "INSERT INTO packages (name, last_attempt_at, next_poll_at, failures, last_error)"
                " VALUES ('thing', '2026-11-21 12:00:00', '2026-11-21 13:00:00', 0, '')"
            )
        )
        connection.execute(
            text("INSERT INTO releases VALUES ('thing', '1', '1.0', 'unreadable', 0, 0)")
        )
    with open_database(file) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT state FROM releases")) == "unusable"
        assert connection.execute(text("SELECT absences, gone, claims FROM packages")).one() == (
            *(0, 0),
            "",
        )


def test_who_only_looks_is_told_of_an_older_version(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine, writing(engine).begin() as connection:
        make_older(connection)
    told = r"w\.sqlite: written by an older release-watcher \(no such column: .*start a watcher"
    with pytest.raises(DatabaseUnusable, match=told):
        with read_database(file) as engine:
            read_status(engine, {}, running=False)


def test_readers_do_not_wait_for_a_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 0.0)
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine, closing(sqlite3.connect(file)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        assert read_status(engine, {}, running=True).pending == ()
        store = Store(engine)
        assert (store.next_attempt("log"), store.failures("thing")) == (None, 0)
        with pytest.raises(OperationalError, match="locked"):
            store.probe()


def test_one_watcher_at_a_time_and_anybody_may_look(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine:
        Store(engine).probe()
        with pytest.raises(DatabaseUnusable, match="another release-watcher uses it"):
            with open_database(file):
                pass
        with read_database(file) as reader:
            assert read_status(reader, {}, running=True).pending == ()
        assert is_watched(file)
    assert not is_watched(file)
    with open_database(file):
        pass


def test_a_link_to_a_database_is_that_database(tmp_path: Path) -> None:
    file, link = tmp_path / "w.sqlite", tmp_path / "link"
    link.symlink_to(file)
    with open_database(file):
        assert is_watched(link)
        with pytest.raises(DatabaseUnusable, match="another release-watcher uses it"):
            with open_database(link):
                pass


def test_a_database_of_the_future_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnusable, match="newer release-watcher.*9999"):
        with open_database(file):
            pass


@pytest.mark.parametrize("look", [open_database, read_database])
@pytest.mark.parametrize("kind", ["text", "database"])
def test_another_file_is_left_alone(tmp_path: Path, look: object, kind: str) -> None:
    file = tmp_path / "w.sqlite"
    if kind == "text":
        file.write_text("not a database, but somebody's work " * 50)
    else:
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE work (done)")
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="w.sqlite: not a database of release-watcher"):
        with look(file) as engine:  # type: ignore[operator]
            read_status(engine, {}, running=False)
    assert file.read_bytes() == before


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file):
        pass
    content = file.read_bytes()
    file.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    with pytest.raises(DatabaseUnusable, match="w.sqlite: damaged .*restore it from a backup"):
        with open_database(file):
            pass


def test_a_file_that_others_lock_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 0.0)
    file = tmp_path / "w.sqlite"
    with closing(sqlite3.connect(file)) as other, pytest.raises(
        DatabaseUnusable, match="locked it"
    ):
        with open_database(file) as engine:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            Store(engine).probe()


def test_our_own_faults_stay_faults(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        with open_database(tmp_path / "w.sqlite") as engine, engine.begin() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES (NULL)"))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="No such file.*set RELEASE_WATCHER_DATABASE"):
        with open_database(tmp_path / "none" / "w.sqlite"):
            pass
