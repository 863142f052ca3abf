"""The tables. Their history is in `migrations`; a test holds the two together."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcTime(TypeDecorator[datetime]):
    """A moment. SQLite knows no time zones, so UTC goes in and UTC comes out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=timezone.utc)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcTime}


class PackageRow(Base):
    """A package and how its polls went."""

    __tablename__ = "packages"

    name: Mapped[str] = mapped_column(primary_key=True)
    #: None until the first success, which is the baseline.
    last_success_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime]
    next_poll_at: Mapped[datetime]
    #: In a row.
    failures: Mapped[int]
    last_error: Mapped[str]
    #: How many answers in a row said that there is no such package.
    absences: Mapped[int]
    #: So many that people were told.
    gone: Mapped[bool]
    #: How often that has happened.
    departures: Mapped[int]
    #: The release whose classifiers were asked for last; empty if none was.
    claimant: Mapped[str]
    #: The Pythons that the package claims to support, by a space.
    claims: Mapped[str]


class ReleaseRow(Base):
    """A release as it was last seen, see `compare.Seen`."""

    __tablename__ = "releases"

    package: Mapped[str] = mapped_column(
        ForeignKey("packages.name", ondelete="CASCADE"), primary_key=True
    )
    version_key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    state: Mapped[str]
    missed: Mapped[int]
    revision: Mapped[int]


class EventRow(Base):
    """An event, see `events.Event`, written together with the state that it is about."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True, unique=True)
    package: Mapped[str]
    #: Empty where the whole package is meant.
    version: Mapped[str]
    kind: Mapped[str]
    #: A requirement a line.
    requirements: Mapped[str]
    detected_at: Mapped[datetime] = mapped_column(index=True)
    uploaded_at: Mapped[datetime | None]
    reason: Mapped[str]


class DeliveryRow(Base):
    """The outbox: an event on its way to one channel. Pending until `done_at` is set."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_channel_done", "channel", "done_at", "event_id"),)

    event_id: Mapped[int] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(primary_key=True)
    next_attempt_at: Mapped[datetime]
    #: Counted before each begins.
    attempts: Mapped[int]
    last_error: Mapped[str]
    done_at: Mapped[datetime | None]
    #: Done without success.
    given_up: Mapped[bool]


class CanaryRow(Base):
    """What people have heard of a suite from a canary, see `canaries.Heard`."""

    __tablename__ = "canaries"

    suite: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str]
    made_at: Mapped[datetime]
