"""The tables: runs, their suites, their cells. Texts that repeat from run to run are kept once.

The migrations make them; a test holds the two together.
"""

from __future__ import annotations

import datetime
from typing import Any, Dict, Optional

import msgspec
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Double,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from matrix_results import Status


class UtcTime(TypeDecorator[datetime.datetime]):
    """A moment, always in UTC and with its time zone, which SQLite would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: Optional[datetime.datetime], dialect: Dialect
    ) -> Optional[datetime.datetime]:
        return value.astimezone(datetime.timezone.utc) if value is not None else None

    def process_result_value(
        self, value: Optional[Any], dialect: Dialect
    ) -> Optional[datetime.datetime]:
        if value is None:
            return None
        moment: datetime.datetime = value
        if moment.tzinfo is None:
            return moment.replace(tzinfo=datetime.timezone.utc)
        return moment.astimezone(datetime.timezone.utc)


class Table(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        # Names that are the same on every database, so that migrations can refer to them.
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime.datetime: UtcTime, float: Double, str: Text}


_STATUS = Enum(
    Status,
    native_enum=False,
    length=20,
    values_callable=lambda kind: [status.value for status in kind],
)


class RunRow(Table):
    """A report that was received. Ids ascend in the order in which runs become visible.

    A `partial` one tells nothing of the suites that it lacks. `other_suites` is what the report
    itself says.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(String(80), unique=True)
    made_at: Mapped[datetime.datetime] = mapped_column(index=True)
    received_at: Mapped[datetime.datetime]
    commit: Mapped[Optional[str]]
    partial: Mapped[bool] = mapped_column(server_default=false())
    other_suites: Mapped[int] = mapped_column(server_default="0")


class SuiteRow(Table):
    """A suite, for as long as its address lasts; `name` is its place in URLs."""

    __tablename__ = "suites"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class DocumentRow(Table):
    """JSON that many rows may share, by the SHA-256 of its bytes."""

    __tablename__ = "documents"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Releases(msgspec.Struct, frozen=True):
    """The document of what a suite says of all releases, and of Pythons that none is tested on."""

    verdicts: Dict[str, str] = {}
    uncovered: Dict[str, str] = {}


class SuiteRunRow(Table):
    """A suite in a run. `made_at` is the run's, so that the latest is found by an index.

    `releases` is a document, of `Releases`.
    """

    __tablename__ = "suite_runs"
    __table_args__ = (Index(None, "suite_id", "made_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    suite_id: Mapped[int] = mapped_column(ForeignKey("suites.id"))
    position: Mapped[int]
    made_at: Mapped[datetime.datetime]
    package: Mapped[Optional[str]]
    as_of: Mapped[Optional[datetime.datetime]]
    snapshot: Mapped[str]
    problem: Mapped[str]
    releases: Mapped[str] = mapped_column(ForeignKey("documents.digest"), index=True)


class CellRow(Table):
    """A cell in a run. `pins` and `failures` are documents, where there is something to say."""

    __tablename__ = "cells"

    suite_run_id: Mapped[int] = mapped_column(ForeignKey("suite_runs.id"), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    python: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    tier: Mapped[str]
    status: Mapped[Status] = mapped_column(_STATUS)
    reason: Mapped[str]
    tests: Mapped[int]
    failed: Mapped[int]
    skipped: Mapped[int]
    seconds: Mapped[Optional[float]]
    ran_at: Mapped[Optional[datetime.datetime]]
    lock: Mapped[str]
    trial: Mapped[bool] = mapped_column(server_default=false())
    pins: Mapped[Optional[str]] = mapped_column(ForeignKey("documents.digest"), index=True)
    failures: Mapped[Optional[str]] = mapped_column(ForeignKey("documents.digest"), index=True)


class TallyRow(Table):
    """How many cells of a run have a status, without trials; none if no cell has it.

    Of many runs they are too many to be counted while one waits.
    """

    __tablename__ = "tallies"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    status: Mapped[Status] = mapped_column(_STATUS, primary_key=True)
    cells: Mapped[int]


class PruningRow(Table):
    """The only one: how many runs were ever deleted. With the latest run it tells states apart."""

    __tablename__ = "pruning"

    id: Mapped[int] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(BigInteger)


class CanaryRow(Table):
    """What a canary saw, as it was sent: no run, and nothing of a run is made of it."""

    __tablename__ = "canaries"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(String(80), unique=True)
    made_at: Mapped[datetime.datetime] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MergedRow(Table):
    """A request that was merged, and as which commit."""

    __tablename__ = "merged"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500), unique=True)
    title: Mapped[str]
    commit: Mapped[str] = mapped_column(String(64))
    merged_at: Mapped[datetime.datetime] = mapped_column(index=True)
