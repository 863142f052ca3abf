"""The state of the watcher as people and programs see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from release_watcher.chosen.watchlist import Watchlist
from release_watcher.events import Event, describe, fields_of
from release_watcher.recorded.store import event_of
from release_watcher.recorded.tables import DeliveryRow, EventRow, PackageRow

_RECENT = 10


@dataclass(frozen=True)
class PackageStatus:
    """A watched package; times are None until its first poll."""

    name: str
    requirements: tuple[str, ...]
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    #: The index has none of it any more, and people were told.
    gone: bool = False


@dataclass(frozen=True)
class PendingStatus:
    """A delivery that has not succeeded yet; of the last attempt, what came of it."""

    key: str
    channel: str
    attempts: int
    next_attempt_at: datetime
    last_error: str


@dataclass(frozen=True)
class Status:
    """Everything; `recent` are the latest events, the newest first."""

    packages: tuple[PackageStatus, ...]
    #: Whether a watcher is running.
    running: bool
    pending: tuple[PendingStatus, ...] = ()
    recent: tuple[Event, ...] = ()
    given_up: int = 0

    def stale(self, now: datetime, limit: timedelta) -> tuple[str, ...]:
        """The packages without a successful poll within the limit."""
        return tuple(
            package.name
            for package in self.packages
            # One in the future was written while the clock was ahead, nobody knows when.
            if package.last_success_at is None or not now - limit <= package.last_success_at <= now
        )

    def stalled(self, now: datetime, limit: timedelta) -> str | None:
        """Says so if most packages are stale. With one, or a few, something is wrong with those."""
        stale = self.stale(now, limit)
        if 2 * len(stale) <= len(self.packages):
            return None
        return f"not polled for {limit}: {', '.join(stale)}"

    def oldest_success(self) -> datetime | None:
        """The oldest of the last successes but those of packages that are gone; None if one has none."""
        times = [package.last_success_at for package in self.packages if not package.gone]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None


def unknown_status(watchlist: Watchlist) -> Status:
    """Before anything was polled."""
    packages = tuple(PackageStatus(w.name, w.requirements) for w in watchlist.values())
    return Status(packages, running=False)


def read_status(engine: Engine, watchlist: Watchlist, *, running: bool) -> Status:
    """What the database says of the watched packages, and of all deliveries."""
    with Session(engine) as session:
        rows = {row.name: row for row in session.scalars(select(PackageRow))}
        pending = session.execute(
            select(EventRow.key, DeliveryRow)
            .join(DeliveryRow, DeliveryRow.event_id == EventRow.id)
            .where(DeliveryRow.done_at.is_(None))
            .order_by(EventRow.id, DeliveryRow.channel)
        )
        recent = session.scalars(select(EventRow).order_by(EventRow.id.desc()).limit(_RECENT))
        return Status(
            packages=tuple(
                _package(watched.name, watched.requirements, rows.get(watched.name))
                for watched in watchlist.values()
            ),
            running=running,
            pending=tuple(
                PendingStatus(key, row.channel, row.attempts, row.next_attempt_at, row.last_error)
                for key, row in pending
            ),
            recent=tuple(map(event_of, recent)),
            given_up=session.scalar(
                select(func.count()).select_from(DeliveryRow).where(DeliveryRow.given_up)
            )
            or 0,
        )


def as_document(status: Status) -> dict[str, Any]:
    """For programs: JSON values, times in RFC 3339."""
    return {
        "running": status.running,
        "packages": [
            {
                "name": package.name,
                "requirements": list(package.requirements),
                "last_success_at": _rfc3339(package.last_success_at),
                "last_attempt_at": _rfc3339(package.last_attempt_at),
                "next_poll_at": _rfc3339(package.next_poll_at),
                "failures": package.failures,
                "last_error": package.last_error or None,
                "gone": package.gone,
            }
            for package in status.packages
        ],
        "pending": [
            {
                "key": pending.key,
                "channel": pending.channel,
                "attempts": pending.attempts,
                "next_attempt_at": _rfc3339(pending.next_attempt_at),
                "last_error": pending.last_error or None,
            }
            for pending in status.pending
        ],
        "given_up": status.given_up,
        "recent": [fields_of(event) for event in status.recent],
    }


def as_text(status: Status, now: datetime) -> str:
    """For people: a table of packages, then what is pending, failing and new."""
    return "\n".join(_lines(status, now))


def _lines(status: Status, now: datetime) -> Iterator[str]:
    if not status.packages:
        yield "watching nothing; set RELEASE_WATCHER_PACKAGES or RELEASE_WATCHER_PACKAGES_FILE"
    else:
        header = ("PACKAGE", "LAST POLL", "NEXT POLL", "FAILURES", "REQUIREMENTS")
        yield from _aligned([header, *(_row(package, now) for package in status.packages)])
    yield f"watcher: {'running' if status.running else 'not running'}"
    for package in status.packages:
        if package.last_error:
            yield f"failing: {package.last_error}"
    for pending in status.pending:
        due = _ago(pending.next_attempt_at, now)
        problem = f" after {pending.attempts} attempts: {pending.last_error}"
        yield (
            f"pending: {pending.key} to {pending.channel}, next attempt {due}"
            f"{problem if pending.attempts else ''}"
        )
    if status.given_up:
        yield f"given up: {status.given_up} deliveries"
    for event in status.recent:
        yield f"event: {describe(event)} ({_ago(event.detected_at, now)})"


def _row(package: PackageStatus, now: datetime) -> tuple[str, ...]:
    return (
        package.name,
        _ago(package.last_success_at, now),
        _ago(package.next_poll_at, now),
        str(package.failures or "-"),
        "  ".join(package.requirements),
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()


def _ago(time: datetime | None, now: datetime) -> str:
    """A moment as people say it: `5 min ago`, `in 2 h`."""
    if time is None:
        return "never"
    seconds = round((now - time).total_seconds())
    size = abs(seconds)
    if size < 1:
        return "now"
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= length:
            return f"{size // length} {unit} ago" if seconds > 0 else f"in {size // length} {unit}"
    return "now"


def _rfc3339(time: datetime | None) -> str | None:
    return time.isoformat() if time is not None else None


def _package(name: str, requirements: tuple[str, ...], row: PackageRow | None) -> PackageStatus:
    if row is None:
        return PackageStatus(name, requirements)
    return PackageStatus(
        name,
        requirements,
        last_success_at=row.last_success_at,
        last_attempt_at=row.last_attempt_at,
        next_poll_at=row.next_poll_at,
        failures=row.failures,
        last_error=row.last_error,
        gone=row.gone,
    )
