"""The command line: `compat-board serve`, `migrate`, `ingest`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

import stamina
from alembic.util import CommandError
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from stamina.instrumentation import RetryDetails

from compat_board.application import create_board
from compat_board.received.receipt import Covers
from compat_board.sending import NotSent, send
from compat_board.settings import BoardSettings
from compat_board.stored.database import Database, DatabaseUrlError
from compat_board.stored.migrating import NotMigrated, migrate, require_migrated
from servicekit import logs, server
from servicekit.settings import SettingsError, load

_SWITCH_SECONDS = 0.0005
_TOKEN = "COMPAT_BOARD_TOKEN"


class CommandFailed(Exception):
    """A command that cannot do what it is asked; the text says why, and what mends it."""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0, or 1 with a message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CommandFailed, SettingsError, DatabaseUrlError, NotSent, OSError) as error:
        print(f"compat-board: error: {error}", file=sys.stderr)
    except (SQLAlchemyError, CommandError) as error:
        # The first line has what the database said; then come statements and links.
        told = str(error).splitlines()[0]
        print(f"compat-board: error: the database: {told}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compat-board", description="The web board of a version matrix."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the board until it is told to stop")
    serve.set_defaults(run=_serve)

    migrating = commands.add_parser(
        "migrate", help="bring the database to the tables of this version"
    )
    migrating.set_defaults(run=_migrate)

    ingest = commands.add_parser("ingest", help=f"send a report to a board; needs {_TOKEN}")
    ingest.add_argument(
        "report",
        type=Path,
        help="report.json of `matrix-report`, or what `matrix-updates` writes: `canary --output`, `publish --merged`",
    )
    ingest.add_argument(
        "--url", default="http://127.0.0.1:8000", help="the board (default: %(default)s)"
    )
    ingest.add_argument(
        "--covers",
        choices=[covers.value for covers in Covers],
        help="what the report lacks has left the matrix (all), or is not asked for (part), whatever "
        "it says itself",
    )
    ingest.set_defaults(run=_ingest)
    return parser


def _serve(options: argparse.Namespace) -> int:
    settings = load(BoardSettings)
    logs.configure(settings, "compat-board")
    # While a report is stored or a page is made, the server's thread gets its turn sooner. Side by
    # side, at 150 to 200 requests a second and a report every two seconds, p99 was lower in 11 of
    # 16 rounds.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # It tells of each look at the revision, and `/readyz` looks every few seconds.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    database = Database(settings.database.get_secret_value())
    if database.is_file:
        migrate(database)
    else:
        _require_migrated_if_there(database)
    return server.serve(create_board(settings, database), settings)


def _require_migrated_if_there(database: Database) -> None:
    """A server that does not answer yet is no reason not to start: `/readyz` tells of it."""
    try:
        require_migrated(database)
    except NotMigrated as error:
        raise CommandFailed(str(error)) from None
    except SQLAlchemyError:
        pass


def _migrate(options: argparse.Namespace) -> int:
    database = Database(load(BoardSettings).database.get_secret_value())
    revision = migrate(database)
    print(f"The tables of {database.url.render_as_string()} are at revision {revision}.")
    return 0


def _tell_of_retry(details: RetryDetails) -> None:
    print(
        f"compat-board: {details.caused_by}; trying again in {details.wait_for:.1f} s",
        file=sys.stderr,
    )


def _ingest(options: argparse.Namespace) -> int:
    token = os.environ.get(_TOKEN)
    if not token:
        raise CommandFailed(f"{_TOKEN} is not set: it must be the token that the board has")
    stamina.instrumentation.set_on_retry_hooks([_tell_of_retry])
    receipt = send(
        options.report.read_bytes(),
        url=options.url,
        token=SecretStr(token),
        covers=options.covers,
    )
    print(f"{'Stored' if receipt.created else 'Stored before'}: {receipt.identity}")
    return 0
