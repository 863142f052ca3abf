"""What is remembered, in transactions: an event is there if and only if its cause is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Update, delete, func, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from release_sampler import Snapshot, spokesman
from release_watcher.chosen.watchlist import Watched
from release_watcher.events import OF_PYTHONS, Event, Kind
from release_watcher.recorded.compare import Change, Seen, State, compare
from release_watcher.recorded.database import writing
from release_watcher.recorded.python_news import python_events
from release_watcher.recorded.tables import DeliveryRow, EventRow, PackageRow, ReleaseRow

#: Whether to tell of a release of this version.
Announces = Callable[[str], bool]

_MAX_ERROR = 500
_NO_ANSWER = "no answer yet: it is under way, or was cut off"


@dataclass(frozen=True)
class PendingDelivery:
    """An event that a channel has not got yet."""

    event_id: int
    event: Event
    #: So many have begun, and what came of the last.
    attempts: int
    last_error: str


class Store:
    """The state of the watcher. Each method is one transaction; threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = writing(engine)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with Session(self._writer) as session, session.begin():
            yield session

    def probe(self) -> None:
        """Raise if the database cannot be written."""
        with self._writing() as session:
            session.execute(text("PRAGMA user_version = 0"))

    def forget_future(
        self, clock: Callable[[], datetime], *, longest_poll: timedelta, longest_delivery: timedelta
    ) -> bool:
        """Make due what only a clock that was ahead can have put off so far; returns if there was any.

        No poll and no delivery is put off for longer than these two.
        """
        with self._writing() as session:
            connection = session.connection()
            # Read while nobody else can write: a poll that ends now is not of the future.
            now = clock()
            statements = _of_the_future(now, now + longest_poll, now + longest_delivery)
            counts = [connection.execute(statement).rowcount for statement in statements]
        return any(counts)

    def next_polls(self, names: Collection[str], longest: timedelta) -> dict[str, datetime]:
        """When each package is due; those never polled are left out.

        `longest` bounds the pause after a success, so that a shorter interval counts at once.
        """
        # Asked at every wake, of every package: columns and no objects, and no list of names to parse.
        of_all = select(
            PackageRow.name,
            PackageRow.failures,
            PackageRow.next_poll_at,
            PackageRow.last_attempt_at,
        )
        wanted = frozenset(names)
        with Session(self._engine) as session:
            return {
                name: next_poll_at if failures else min(next_poll_at, last_attempt_at + longest)
                for name, failures, next_poll_at, last_attempt_at in session.execute(of_all)
                if name in wanted
            }

    def failures(self, name: str) -> int:
        """How many polls of a package have failed in a row."""
        with Session(self._engine) as session:
            return session.scalar(select(PackageRow.failures).where(PackageRow.name == name)) or 0

    def claimant(self, name: str) -> str:
        """The release of a package whose claims are known; empty if none is."""
        with Session(self._engine) as session:
            return session.scalar(select(PackageRow.claimant).where(PackageRow.name == name)) or ""

    def record_python_news(
        self,
        names: Collection[str],
        targets: Collection[str],
        *,
        now: datetime,
        channels: Sequence[str],
    ) -> tuple[Event, ...]:
        """Hold what these packages claim against the Pythons tested on; what is new of it is told once.

        There is no news before each of them was polled.
        """
        kinds = [kind.value for kind in OF_PYTHONS]
        with self._writing() as session:
            rows = session.scalars(select(PackageRow).where(PackageRow.name.in_(names))).all()
            if len(rows) < len(names):
                return ()
            told = session.scalars(select(EventRow.key).where(EventRow.kind.in_(kinds))).all()
            claims = {row.name: row.claims.split() for row in rows}
            events = python_events(claims, targets, told, now)
            return tuple(_add(session, event, channels) for event in events)

    def record_failure(self, name: str, error: str, *, now: datetime, next_poll: datetime) -> None:
        """A poll failed: remember why, and when to try again."""
        with self._writing() as session:
            _fail(session, name, error, now, next_poll)

    def record_absence(
        self,
        watched: Watched,
        error: str,
        *,
        now: datetime,
        next_poll: datetime,
        gone_after: int,
        channels: Sequence[str],
    ) -> tuple[Event, ...]:
        """As `record_failure`, of an index that answers that there is no such package.

        After so many of these answers in a row, a package that was once there is gone: an event.
        """
        with self._writing() as session:
            row = _fail(session, watched.name, error, now, next_poll)
            row.absences += 1
            if row.gone or row.last_success_at is None or row.absences < gone_after:
                return ()
            row.gone = True
            row.departures += 1
            return (_add(session, _of_package(watched, row, Kind.GONE, now), channels),)

    def record_success(
        self,
        watched: Watched,
        snapshot: Snapshot,
        *,
        now: datetime,
        next_poll: datetime,
        withdrawn_after: int,
        announces: Announces,
        channels: Sequence[str],
    ) -> tuple[Event, ...]:
        """Remember a snapshot, its events, and that each channel has yet to get them.

        The first snapshot of a package is its baseline: it makes no events.
        """
        with self._writing() as session:
            row = _package(session, watched.name)
            baseline, back = row.last_success_at is None, row.gone
            row.failures, row.last_error, row.absences, row.gone = 0, "", 0, False
            row.last_success_at = row.last_attempt_at = now
            row.next_poll_at = next_poll
            _claim(row, snapshot)
            session.flush()
            changes = compare(_seen(session, row.name), snapshot, withdrawn_after=withdrawn_after)
            _write(session, row.name, changes)
            if baseline:
                return ()
            events = list(_events(watched, changes, announces, now))
            if back:
                events.insert(0, _of_package(watched, row, Kind.BACK, now))
            return tuple(_add(session, event, channels) for event in events)

    def next_delivery(self, channel: str, now: datetime) -> PendingDelivery | None:
        """The oldest event that is due for a channel."""
        with Session(self._engine) as session:
            found = session.execute(
                select(EventRow, DeliveryRow.attempts, DeliveryRow.last_error)
                .join(DeliveryRow, DeliveryRow.event_id == EventRow.id)
                .where(
                    DeliveryRow.channel == channel,
                    DeliveryRow.done_at.is_(None),
                    DeliveryRow.next_attempt_at <= now,
                )
                .order_by(EventRow.id)
                .limit(1)
            ).first()
            if found is None:
                return None
            row, attempts, last_error = found
            return PendingDelivery(row.id, event_of(row), attempts, last_error)

    def next_attempt(self, channel: str) -> datetime | None:
        """When the next delivery of a channel is due; None if there is none."""
        with Session(self._engine) as session:
            return session.scalar(
                select(func.min(DeliveryRow.next_attempt_at)).where(
                    DeliveryRow.channel == channel, DeliveryRow.done_at.is_(None)
                )
            )

    def pending_elsewhere(self, channels: Collection[str]) -> dict[str, int]:
        """How many deliveries wait for channels other than these."""
        with Session(self._engine) as session:
            rows = session.execute(
                select(DeliveryRow.channel, func.count())
                .where(DeliveryRow.channel.not_in(channels), DeliveryRow.done_at.is_(None))
                .group_by(DeliveryRow.channel)
                .order_by(DeliveryRow.channel)
            )
            return {channel: count for channel, count in rows}

    def begin_delivery(self, event_id: int, channel: str, *, next_attempt: datetime) -> None:
        """An attempt is about to begin: it counts, however it ends, and the next one has its time."""
        self._update_delivery(
            event_id,
            channel,
            attempts=DeliveryRow.attempts + 1,
            last_error=_NO_ANSWER,
            next_attempt_at=next_attempt,
        )

    def record_delivery(self, event_id: int, channel: str, *, now: datetime) -> None:
        """A channel has got an event."""
        self._update_delivery(event_id, channel, done_at=now, last_error="")

    def record_failed_delivery(
        self, event_id: int, channel: str, error: str, *, next_attempt: datetime
    ) -> None:
        """A channel has not got an event, and is to be tried again."""
        self._update_delivery(
            event_id, channel, last_error=error[:_MAX_ERROR], next_attempt_at=next_attempt
        )

    def give_up(self, event_id: int, channel: str, error: str, *, now: datetime) -> None:
        """A channel will not get an event."""
        self._update_delivery(
            event_id, channel, last_error=error[:_MAX_ERROR], done_at=now, given_up=True
        )

    def give_up_elsewhere(
        self, channels: Collection[str], *, now: datetime, deadline: timedelta
    ) -> tuple[tuple[str, str], ...]:
        """Give up what waits for other channels than these, and is too old; key and channel of each."""
        with self._writing() as session:
            late = session.execute(
                select(EventRow.key, DeliveryRow)
                .join(DeliveryRow, DeliveryRow.event_id == EventRow.id)
                .where(
                    DeliveryRow.channel.not_in(channels),
                    DeliveryRow.done_at.is_(None),
                    EventRow.detected_at < now - deadline,
                )
            ).all()
            for _, row in late:
                row.done_at, row.given_up = now, True
                row.last_error = "the channel is not configured"
            return tuple((key, row.channel) for key, row in late)

    def prune(self, watched: Collection[str], *, now: datetime, retention: timedelta) -> int:
        """Forget events that are done with and packages that nobody watches, once they are old.

        Returns how many events.
        """
        old = now - retention
        pending = select(DeliveryRow.event_id).where(DeliveryRow.done_at.is_(None))
        with self._writing() as session:
            forgotten = session.scalars(
                delete(EventRow)
                .where(
                    EventRow.detected_at < old,
                    EventRow.id.not_in(pending),
                    # They are few, and how else would one know that they were told?
                    EventRow.kind.not_in([kind.value for kind in OF_PYTHONS]),
                )
                .returning(EventRow.id)
            ).all()
            session.execute(
                delete(PackageRow).where(
                    PackageRow.name.not_in(watched), PackageRow.last_attempt_at < old
                )
            )
        return len(forgotten)

    def _update_delivery(self, event_id: int, channel: str, **values: object) -> None:
        with self._writing() as session:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.event_id == event_id, DeliveryRow.channel == channel)
                .values(**values)
            )


def event_of(row: EventRow) -> Event:
    """The event in a row."""
    return Event(
        key=row.key,
        package=row.package,
        version=row.version,
        kind=Kind(row.kind),
        requirements=tuple(row.requirements.splitlines()),
        detected_at=row.detected_at,
        uploaded_at=row.uploaded_at,
        reason=row.reason,
    )


def _of_the_future(now: datetime, last_poll: datetime, last_delivery: datetime) -> Iterator[Update]:
    yield (
        update(PackageRow)
        .where(or_(PackageRow.last_attempt_at > now, PackageRow.next_poll_at > last_poll))
        .values(last_attempt_at=now, next_poll_at=now)
    )
    yield update(EventRow).where(EventRow.detected_at > now).values(detected_at=now)
    yield (
        update(DeliveryRow)
        .where(DeliveryRow.done_at.is_(None), DeliveryRow.next_attempt_at > last_delivery)
        .values(next_attempt_at=now)
    )


def _package(session: Session, name: str) -> PackageRow:
    """The row of a package, made if need be."""
    row = session.get(PackageRow, name)
    if row is None:
        row = PackageRow(
            name=name,
            failures=0,
            last_error="",
            absences=0,
            gone=False,
            departures=0,
            claimant="",
            claims="",
        )
        session.add(row)
    return row


def _claim(row: PackageRow, snapshot: Snapshot) -> None:
    """A release without any classifier says nothing: what an older one said stays."""
    release = spokesman(snapshot)
    if release is not None and release.pythons is not None:
        row.claimant = release.version
        row.claims = " ".join(release.pythons) or row.claims


def _fail(
    session: Session, name: str, error: str, now: datetime, next_poll: datetime
) -> PackageRow:
    row = _package(session, name)
    row.failures += 1
    row.last_error = error[:_MAX_ERROR]
    row.last_attempt_at, row.next_poll_at = now, next_poll
    return row


def _seen(session: Session, package: str) -> dict[str, Seen]:
    rows = session.execute(
        select(
            ReleaseRow.version_key,
            ReleaseRow.version,
            ReleaseRow.state,
            ReleaseRow.missed,
            ReleaseRow.revision,
        ).where(ReleaseRow.package == package)
    )
    return {
        key: Seen(version, State(state), missed, revision)
        for key, version, state, missed, revision in rows
    }


def _write(session: Session, package: str, changes: Iterable[Change]) -> None:
    rows = [
        {
            "package": package,
            "version_key": change.version_key,
            "version": change.seen.version,
            "state": change.seen.state.value,
            "missed": change.seen.missed,
            "revision": change.seen.revision,
        }
        for change in changes
    ]
    if not rows:
        return
    statement = insert(ReleaseRow)
    new = {name: statement.excluded[name] for name in ("version", "state", "missed", "revision")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["package", "version_key"], set_=new), rows
    )


def _events(
    watched: Watched, changes: Iterable[Change], announces: Announces, now: datetime
) -> Iterator[Event]:
    for change in changes:
        if change.kind is None or not announces(change.seen.version):
            continue
        release = change.release
        yanked = release.yanked if release is not None else False
        yield Event(
            key=f"{watched.name}/{change.version_key}/{change.kind.value}/{change.seen.revision}",
            package=watched.name,
            version=change.seen.version,
            kind=change.kind,
            requirements=watched.requirements,
            detected_at=now,
            uploaded_at=release.uploaded if release is not None else None,
            reason=yanked if isinstance(yanked, str) else "",
        )


def _of_package(watched: Watched, row: PackageRow, kind: Kind, now: datetime) -> Event:
    return Event(
        key=f"{watched.name}/{kind.value}/{row.departures}",
        package=watched.name,
        version="",
        kind=kind,
        requirements=watched.requirements,
        detected_at=now,
    )


def _add(session: Session, event: Event, channels: Sequence[str]) -> Event:
    """Record an event, and that each channel has yet to get it."""
    row = EventRow(
        key=event.key,
        package=event.package,
        version=event.version,
        kind=event.kind.value,
        requirements="\n".join(event.requirements),
        detected_at=event.detected_at,
        uploaded_at=event.uploaded_at,
        reason=event.reason,
    )
    session.add(row)
    session.flush()
    session.add_all(
        DeliveryRow(
            event_id=row.id,
            channel=channel,
            next_attempt_at=event.detected_at,
            attempts=0,
            last_error="",
            given_up=False,
        )
        for channel in channels
    )
    return event
