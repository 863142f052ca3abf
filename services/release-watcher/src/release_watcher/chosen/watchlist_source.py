"""The watchlist as settings and file have it now."""

from __future__ import annotations

import logging
from pathlib import Path

from release_watcher.chosen.watchlist import (
    BadWatchlist,
    Watchlist,
    make_watchlist,
    parse_packages_file,
    pythons_of,
)
from release_watcher.settings import WatcherSettings

_log = logging.getLogger(__name__)

#: Bytes; a thousand suites have a hundredth of it.
_MAX_FILE = 50_000_000


class WatchlistSource:
    """Reads the file again when it changes; one that has become unreadable changes nothing."""

    def __init__(self, settings: WatcherSettings) -> None:
        self._packages = settings.packages
        self._targets = settings.target_pythons
        self._file = settings.packages_file
        #: Of the file that `_last` is from.
        self._stamp: tuple[int, ...] | None = None
        self._last: Watchlist | None = None
        self._tested: tuple[str, ...] = ()
        self._complaint = ""

    def read(self) -> Watchlist:
        """What to watch now. Raises `BadWatchlist` if the first reading fails."""
        stamp = _stamp(self._file)
        if self._last is not None and stamp == self._stamp:
            return self._last
        try:
            watchlist, tested = self._load()
        except BadWatchlist as error:
            if self._last is None:
                raise
            # The file is read again until it can be, and that it cannot is said once.
            if str(error) != self._complaint:
                _log.error("the watchlist stays as it was: %s", error)
            self._complaint = str(error)
            return self._last
        self._stamp, self._last, self._complaint = stamp, watchlist, ""
        self._tested = tested
        return watchlist

    def targets(self) -> tuple[str, ...]:
        """The Pythons that are tested on, as settings or else the file say; none if neither does."""
        self.read()
        return self._targets or self._tested

    def _load(self) -> tuple[Watchlist, tuple[str, ...]]:
        try:
            text = self._text()
            watchlist = make_watchlist((*self._packages, *parse_packages_file(text)))
            if self._last and not watchlist:
                # More likely it is being written, or what should have written it failed.
                raise BadWatchlist("nothing to watch any more; to stop watching, stop the watcher")
            return watchlist, pythons_of(text)
        except BadWatchlist as error:
            culprit = f"{self._file}: " if self._file else "RELEASE_WATCHER_PACKAGES: "
            raise BadWatchlist(f"{culprit}{error}") from error

    def _text(self) -> str:
        if self._file is None:
            return ""
        try:
            if self._file.stat().st_size > _MAX_FILE:
                raise BadWatchlist(f"more than {_MAX_FILE:,} bytes")
            return self._file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise BadWatchlist(f"cannot be read: {reason}") from error


def _stamp(file: Path | None) -> tuple[int, ...] | None:
    """What tells one state of a file from another."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    # A file that was moved here may be older than the one before it, and as long.
    return found.st_ino, found.st_mtime_ns, found.st_size
