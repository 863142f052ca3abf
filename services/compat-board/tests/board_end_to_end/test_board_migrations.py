"""From the tables of every earlier version: nothing is lost, and the board shows all of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, insert, select

from board_history import realistic_history
from board_testing.inside import AUTHORIZED
from board_testing.process import board_process, run
from compat_board.read import reading, views
from compat_board.stored.canaries import store_canary
from compat_board.stored.database import Database
from compat_board.stored.merged import store_merged
from compat_board.stored.migrating import migrate
from compat_board.stored.pruning import prune
from compat_board.stored.storing import store
from compat_board.stored.tables import Table
from example_runs import NOON
from matrix_results import Run, decode, encode, identity
from matrix_updates.canary.song import Song
from matrix_updates.publish.merged import MergedRequest, MergedRequests


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "compat_board.stored:migrations")
    return config


REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))
]
REPORTS = realistic_history(3)
# A last resort, for what hangs: no test knows how fast a machine is.
TIMEOUT = 600


def make_older(database: Database, revision: str, newer: Database) -> None:
    """Gives a database the tables of an earlier version, and the rows of a newer one."""
    with database.writer() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    older = MetaData()
    older.reflect(database.engine)
    with newer.reader() as source, database.writer() as target:
        for table in Table.metadata.sorted_tables:
            known = older.tables.get(table.name)
            if known is None or table.name == "pruning":
                continue
            columns = [column for column in table.columns if column.name in known.columns]
            rows = [dict(row) for row in source.execute(select(*columns)).mappings()]
            target.execute(insert(table), rows)
            if not database.is_file and "id" in known.columns:
                # Whoever counts there goes on after the last row.
                counter = func.pg_get_serial_sequence(table.name, "id")
                target.execute(select(func.setval(counter, max(row["id"] for row in rows))))


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """What this version stores."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('newest') / 'board.sqlite3'}")
    migrate(database)
    for report in REPORTS:
        store(database, report, now=NOON)
    store_canary(database, Song(made_at=NOON, base="c" * 40))
    merged = MergedRequest(
        url="https://forge.example/pull/7", title="Test a 2", commit="c" * 40, merged_at=NOON
    )
    store_merged(database, MergedRequests(requests=(merged,)))
    return database


def test_there_are_earlier_versions() -> None:
    assert REVISIONS[:8] == [f"000{number}" for number in range(1, 9)]


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_an_earlier_version_has_stored_is_kept(
    database_url: str, newest: Database, revision: str
) -> None:
    database = Database(database_url)
    make_older(database, revision, newest)
    migrate(database)
    with database.reader() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    with database.reading() as session:
        for report in REPORTS:
            assert reading.run_with_identity(session, identity(report)) == report
        kept = views.overview(session), reading.latest_runs(session, limit=9)
    with newest.reading() as session:
        assert kept == (views.overview(session), reading.latest_runs(session, limit=9))


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_migrated_goes_on(database_url: str, newest: Database, revision: str) -> None:
    """It takes the next report, knows those that it has, and prunes."""
    database = Database(database_url)
    make_older(database, revision, newest)
    migrate(database)
    following = realistic_history(4)[-1]
    assert not store(database, REPORTS[0], now=NOON).created
    assert store(database, following, now=NOON).created
    assert sum(prune(database, before=NOON, keep=1)) > 0
    with database.reading() as session:
        assert reading.run_with_identity(session, identity(following)) == following


def test_boards_that_start_together_on_what_the_first_version_left(
    database_url: str, newest: Database
) -> None:
    """Each of them migrates, or is told to, at the same time; each takes a report and shows the other's."""
    make_older(Database(database_url), REVISIONS[0], newest)
    with ThreadPoolExecutor(2) as pool:
        if not Database(database_url).is_file:
            ended = pool.map(lambda _: run(database_url, "migrate").returncode, range(2))
            assert list(ended) == [0, 0]

        def told(report: Run) -> str:
            with board_process(database_url) as board:
                path, body = f"{board.url}/api/v1/runs", encode(report)
                sent = httpx.post(path, content=body, headers=AUTHORIZED, timeout=TIMEOUT)
                assert sent.status_code == 201
                both.wait(TIMEOUT)
                shown = httpx.get(path, timeout=TIMEOUT).json()
                assert {found["identity"] for found in shown} == set(map(identity, all_of_them))
                first = httpx.get(f"{path}/{identity(REPORTS[0])}", timeout=TIMEOUT)
                assert decode(first.content) == REPORTS[0]
            return board.url

        more = realistic_history(len(REPORTS) + 2)[-2:]
        all_of_them = [*REPORTS, *more]
        both = Barrier(2)
        assert len(set(pool.map(told, more))) == 2
