"""The watchlist as settings and file have it now."""

from __future__ import annotations

import logging
from pathlib import Path

from release_watcher.settings import WatcherSettings
from release_watcher.watchlist import BadWatchlist, Watchlist, make_watchlist, parse_packages_file

_log = logging.getLogger(__name__)

#: Bytes; a thousand suites have a hundredth of it.
_MAX_FILE = 50_000_000


class WatchlistSource:
    """Reads the file again when it changes; one that has become unreadable changes nothing."""

    def __init__(self, settings: WatcherSettings) -> None:
        self._packages = settings.packages
        self._file = settings.packages_file
        self._stamp: tuple[int, int] | None = None
        self._last: Watchlist | None = None

    def read(self) -> Watchlist:
        """What to watch now. Raises `BadWatchlist` if the first reading fails."""
        stamp = _stamp(self._file)
        if self._last is not None and stamp == self._stamp:
            return self._last
        try:
            watchlist = self._load()
        except BadWatchlist as error:
            if self._last is None:
                raise
            _log.error("the watchlist stays as it was: %s", error)
            watchlist = self._last
        self._stamp, self._last = stamp, watchlist
        return watchlist

    def _load(self) -> Watchlist:
        try:
            return make_watchlist((*self._packages, *self._from_file()))
        except BadWatchlist as error:
            culprit = f"{self._file}: " if self._file else "RELEASE_WATCHER_PACKAGES: "
            raise BadWatchlist(f"{culprit}{error}") from error

    def _from_file(self) -> tuple[str, ...]:
        if self._file is None:
            return ()
        try:
            if self._file.stat().st_size > _MAX_FILE:
                raise BadWatchlist(f"more than {_MAX_FILE:,} bytes")
            return parse_packages_file(self._file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise BadWatchlist(f"cannot be read: {reason}") from error


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """What tells one state of a file from another."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
