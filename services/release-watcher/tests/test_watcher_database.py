"""The file: migrated, durable, used by one watcher at a time, refused in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from release_watcher.database import DatabaseUnusable, open_database, read_database
from release_watcher.status import read_status
from release_watcher.store import Store
from release_watcher.tables import Base


def test_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    with open_database(tmp_path / "w.sqlite") as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_one_watcher_at_a_time_and_anybody_may_look(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine:
        Store(engine).probe()
        with pytest.raises(DatabaseUnusable, match="another release-watcher uses it"):
            with open_database(file):
                pass
        with read_database(file) as reader:
            assert read_status(reader, {}).pending == ()
    with open_database(file):
        pass


def test_a_database_of_the_future_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite"
    with open_database(file) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnusable, match="newer release-watcher.*9999"):
        with open_database(file):
            pass


@pytest.mark.parametrize("look", [open_database, read_database])
def test_another_file_is_left_alone(tmp_path: Path, look: object) -> None:
    file = tmp_path / "w.sqlite"
    file.write_text("not a database, but somebody's work " * 50)
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="w.sqlite: .*not a database"):
        with look(file) as engine:  # type: ignore[operator]
            read_status(engine, {})
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="No such file.*set RELEASE_WATCHER_DATABASE"):
        with open_database(tmp_path / "none" / "w.sqlite"):
            pass
