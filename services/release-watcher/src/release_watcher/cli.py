"""The command line: `run`, `poll-once`, `status`, `canary`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import structlog

from release_watcher import __version__
from release_watcher.chosen.watchlist import BadWatchlist
from release_watcher.chosen.watchlist_source import WatchlistSource
from release_watcher.recorded.database import (
    DatabaseUnusable,
    is_watched,
    open_database,
    read_database,
    visit_database,
)
from release_watcher.settings import WatcherSettings
from release_watcher.told.status import as_document, as_text, read_status, unknown_status
from servicekit import logs
from servicekit.settings import SettingsError, load

_log = structlog.stdlib.get_logger(__name__)

_DESCRIPTION = """\
Polls the index for new, yanked and withdrawn releases, and tells of each once.
Settings are environment variables, RELEASE_WATCHER_*, or a TOML file named by
RELEASE_WATCHER_SETTINGS_FILE.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, or 1 after saying on stderr what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(WatcherSettings)
        logs.configure(settings, "release-watcher")
        code: int = options.run(settings, options)
        return code
    except (BadWatchlist, DatabaseUnusable, SettingsError) as error:
        print(f"release-watcher: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


# A command imports what it needs: people wait for `status`.


def _run(settings: WatcherSettings, options: argparse.Namespace) -> int:
    from release_watcher.application import make_application
    from servicekit.server import serve

    with open_database(settings.database, settings.database_journal) as engine:
        return serve(make_application(settings, engine), settings)


def _poll_once(settings: WatcherSettings, options: argparse.Namespace) -> int:
    from prometheus_client import CollectorRegistry

    from release_watcher.assembly import assemble

    with open_database(settings.database, settings.database_journal) as engine:

        async def once() -> bool:
            parts = assemble(settings, engine, CollectorRegistry())
            work = asyncio.create_task(parts.watcher.run_once())
            # What it has started ends with it; without a handler, process 1 of a container goes on.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
            return await work

        return 0 if asyncio.run(once()) else 1


def _status(settings: WatcherSettings, options: argparse.Namespace) -> int:
    watchlist = WatchlistSource(settings).read()
    if settings.database.exists():
        with read_database(settings.database) as engine:
            status = read_status(engine, watchlist, running=is_watched(settings.database))
    else:
        status = unknown_status(watchlist)
    now = datetime.now(timezone.utc)
    print(json.dumps(as_document(status), indent=2) if options.json else as_text(status, now))
    if not options.check:
        return 0
    problem = status.stalled(now, settings.stale_after)
    if not status.running:
        problem = "no watcher is running"
    if problem is not None:
        _log.error("check failed", reason=problem)
        return 1
    _log.info("check passed")
    return 0


def _canary(settings: WatcherSettings, options: argparse.Namespace) -> int:
    from release_watcher.recorded.canaries import heard, remember
    from release_watcher.told.canary import BadCanary, news_of, read_canary, tell
    from release_watcher.told.channel import DeliveryFailed
    from release_watcher.told.post import Poster

    url = settings.slack_webhook_url
    slack = Poster(url.get_secret_value()) if url is not None else None
    try:
        song = read_canary(options.file)
        with visit_database(settings.database, settings.database_journal) as engine:
            news = news_of(song, heard(engine))
            asyncio.run(tell(news, slack))
            # Not before: who could not be told is told by the next one.
            remember(engine, news.heard)
    except (BadCanary, DeliveryFailed) as error:
        print(f"release-watcher: error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="release-watcher",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser(
        "run", help="poll around the clock; serves /healthz, /readyz and /metrics"
    ).set_defaults(run=_run)
    commands.add_parser(
        "poll-once",
        help="poll every package now, deliver, and end; 1 if something failed. For cron",
    ).set_defaults(run=_poll_once)
    status = commands.add_parser("status", help="show what is watched, failing and pending")
    status.add_argument(
        "--check",
        action="store_true",
        help="also log whether a watcher is running and polling; 1 if not. For a schedule",
    )
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(run=_status)
    canary = commands.add_parser(
        "canary", help="tell people what a canary saw, if it is news; 1 if they could not be told"
    )
    canary.add_argument(
        "file", type=Path, metavar="FILE", help="what `matrix-updates canary --output FILE` wrote"
    )
    canary.set_defaults(run=_canary)
    return parser
