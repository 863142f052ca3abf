"""Brings a database to the tables of this version, by the migrations in the package."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from compat_board.stored.database import Database


class NotMigrated(RuntimeError):
    """The database has other tables than this version wants; the text says what mends it."""


def migrate(database: Database) -> str:
    """Applies what is missing, in one transaction; returns the revision it is at then.

    Several may do so at once. Raises `sqlalchemy.exc.SQLAlchemyError`, and
    `alembic.util.CommandError` for a database of a newer version.
    """
    config = _config()
    with database.writer() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest_revision()


def require_migrated(database: Database) -> None:
    """Raises `NotMigrated` unless the tables are those of this version."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest_revision():
        raise NotMigrated(
            f"the tables are at revision {found or 'none'}, not {newest_revision()}: "
            "run `compat-board migrate`"
        )


def newest_revision() -> str:
    """The revision of this version's tables."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    # By package, so that it is found in an archive, too.
    config.set_main_option("script_location", "compat_board.stored:migrations")
    return config
