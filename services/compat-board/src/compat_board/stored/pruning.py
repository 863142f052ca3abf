"""Deletes runs that nothing needs any more, so that a board can stay for years."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from collections.abc import Collection, Iterable, Iterator
from itertools import batched
from typing import Optional

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from compat_board.stored.database import VALUES, Database
from compat_board.stored.evidence import BAD
from compat_board.stored.tables import (
    CellRow,
    DocumentRow,
    PruningRow,
    RunRow,
    SuiteRow,
    SuiteRunRow,
    TallyRow,
    UtcTime,
)
from matrix_results import Status

KEPT_RUNS = 100
"""How many runs of each suite are kept, however old they are."""

# So few that a report that comes meanwhile need not wait.
_BATCH = 5
_DAY = 24 * 60 * 60.0

_log = logging.getLogger(__name__)


class Pruner:
    """Prunes a database when the board starts, and then once a day."""

    def __init__(self, database: Database, *, retention: datetime.timedelta) -> None:
        self._database = database
        self._retention = retention
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Goes on until it is cancelled; the batch that is being deleted then is its last."""
        try:
            while True:
                await asyncio.to_thread(self._prune)
                await asyncio.sleep(_DAY)
        finally:
            self._stopping.set()

    def _prune(self) -> None:
        before = datetime.datetime.now(datetime.timezone.utc) - self._retention
        pruned = 0
        try:
            for count in prune(self._database, before=before):
                pruned += count
                if self._stopping.is_set():
                    break
        except SQLAlchemyError:
            _log.exception("pruning ended early; it is tried again in a day")
        _log.info("pruned", extra={"runs": pruned, "before": before.isoformat()})


def prune(database: Database, *, before: datetime.datetime, keep: int = KEPT_RUNS) -> Iterator[int]:
    """Deletes what nothing needs of the runs made before a moment, a batch at each step.

    Yields how many runs a batch was. Kept are the last run of each week, the latest `keep` of each
    suite, and of each cell the run in which it passed last and the first one since then in
    which it did not: whatever a page tells of. Raises `sqlalchemy.exc.SQLAlchemyError`.
    """
    with database.reading() as session:
        newest = _newest(session)
        unneeded = _unneeded(session, before, keep)
    for batch in batched(unneeded, _BATCH):
        with database.writing() as session:
            # Of what is younger nothing can make an older run needed, and of another old one it may:
            # then it is begun anew, the next time.
            if _has_come(session, newest, before):
                return
            _delete(session, batch)
            newest = _newest(session)
        # Each time, so that it is never much.
        database.shrink()
        yield len(batch)


def _unneeded(session: Session, before: datetime.datetime, keep: int) -> list[int]:
    """The runs that may go, oldest first."""
    found = session.execute(
        select(RunRow.id, RunRow.made_at, RunRow.partial)
        .where(RunRow.made_at < before)
        .order_by(RunRow.made_at, RunRow.id)
    ).all()
    kept = _last_of_each_week((id_, made_at, partial) for id_, made_at, partial in found)
    if len(kept) < len(found):
        # A suite at a time: of all at once a server would make a plan for each cell.
        for suite in session.scalars(select(SuiteRow.id)).all():
            kept.update(session.scalars(_latest(suite, keep)))
            kept.update(_evidence(session, suite, before))
    return [id_ for id_, _, _ in found if id_ not in kept]


def _newest(session: Session) -> int:
    """The id of the run that was stored last."""
    return session.scalar(select(func.max(RunRow.id))) or 0


def _has_come(session: Session, newest: int, before: datetime.datetime) -> bool:
    """Whether a run that was made before a moment was stored after a run."""
    came = exists().where(RunRow.id > newest, RunRow.made_at < before)
    return bool(session.scalar(select(came)))


def _last_of_each_week(runs: Iterable[tuple[int, datetime.datetime, bool]]) -> set[int]:
    """Of runs in order; one of all of the matrix rather than one of a part."""
    kept: dict[tuple[int, int], tuple[bool, int]] = {}
    for id_, made_at, partial in runs:
        year, week, _ = made_at.isocalendar()
        known = kept.get((year, week))
        if known is None or known[0] or not partial:
            kept[year, week] = partial, id_
    return {id_ for _, id_ in kept.values()}


def _latest(suite: int, keep: int) -> Select[int]:
    """The latest runs of a suite."""
    return (
        select(SuiteRunRow.run_id)
        .where(SuiteRunRow.suite_id == suite)
        .order_by(SuiteRunRow.made_at.desc(), SuiteRunRow.id.desc())
        .limit(keep)
    )


def _evidence(session: Session, suite: int, before: datetime.datetime) -> Iterator[int]:
    """Of each cell of a suite the run in which it passed last, and the first since then in which it did not.

    Those of cells that passed after a moment are left out: both are younger.
    """
    passed: ColumnElement[Optional[datetime.datetime]] = func.max(
        case((CellRow.status == Status.PASSED, SuiteRunRow.made_at))
    )
    cells = session.execute(
        select(CellRow.version, CellRow.python, passed)
        .join(SuiteRunRow, SuiteRunRow.id == CellRow.suite_run_id)
        .where(SuiteRunRow.suite_id == suite)
        .group_by(CellRow.version, CellRow.python)
    ).all()
    for version, python, green in cells:
        if green is not None and green >= before:
            continue
        results = (
            select(SuiteRunRow.run_id, SuiteRunRow.made_at, SuiteRunRow.id)
            .join(CellRow, CellRow.suite_run_id == SuiteRunRow.id)
            .where(
                SuiteRunRow.suite_id == suite,
                CellRow.version == version,
                CellRow.python == python,
            )
            .limit(1)
        )
        at = SuiteRunRow.made_at, SuiteRunRow.id
        bad = results.where(CellRow.status.in_(BAD)).order_by(*at)
        if green is not None:
            last = results.where(CellRow.status == Status.PASSED)
            latest = session.execute(last.order_by(*(each.desc() for each in at))).one()
            yield latest.run_id
            since = literal(latest.made_at, UtcTime), literal(latest.id)
            bad = bad.where(tuple_(*at) > tuple_(*since))
        yield from session.scalars(bad)


def _delete(session: Session, runs: Collection[int]) -> None:
    """Deletes the runs, and the documents that nothing else refers to."""
    suite_runs = SuiteRunRow.run_id.in_(runs)
    cells = CellRow.suite_run_id.in_(select(SuiteRunRow.id).where(suite_runs))
    documents = session.scalars(
        union(
            select(SuiteRunRow.releases).where(suite_runs),
            select(CellRow.pins).where(cells, CellRow.pins.is_not(None)),
            select(CellRow.failures).where(cells, CellRow.failures.is_not(None)),
        )
    ).all()
    session.execute(delete(CellRow).where(cells))
    session.execute(delete(SuiteRunRow).where(suite_runs))
    session.execute(delete(TallyRow).where(TallyRow.run_id.in_(runs)))
    session.execute(delete(RunRow).where(RunRow.id.in_(runs)))
    for digests in batched(documents, VALUES):
        session.execute(
            delete(DocumentRow).where(
                DocumentRow.digest.in_(digests),
                ~exists().where(SuiteRunRow.releases == DocumentRow.digest),
                ~exists().where(CellRow.pins == DocumentRow.digest),
                ~exists().where(CellRow.failures == DocumentRow.digest),
            )
        )
    session.execute(update(PruningRow).values(runs=PruningRow.runs + len(runs)))
