"""Deletes runs that nothing needs any more, so that a board can stay for years."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from collections.abc import Collection, Iterable, Iterator
from itertools import batched

from sqlalchemy import (
    ColumnElement,
    Tuple,
    and_,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from compat_board.stored.database import VALUES, Database
from compat_board.stored.evidence import BAD
from compat_board.stored.tables import (
    CellRow,
    DocumentRow,
    PruningRow,
    RunRow,
    SuiteRunRow,
    TallyRow,
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
        found = session.execute(
            select(RunRow.id, RunRow.made_at, RunRow.partial)
            .where(RunRow.made_at < before)
            .order_by(RunRow.made_at, RunRow.id)
        ).all()
    weekly = _last_of_each_week((id_, made_at, partial) for id_, made_at, partial in found)
    for batch in batched((id_ for id_, _, _ in found if id_ not in weekly), _BATCH):
        with database.writing() as session:
            # Only now, so that nothing which came meanwhile is missing.
            unneeded = set(batch) - _needed(session, batch, keep)
            if unneeded:
                _delete(session, unneeded)
        # Each time, so that it is never much.
        database.shrink()
        yield len(unneeded)


def _last_of_each_week(runs: Iterable[tuple[int, datetime.datetime, bool]]) -> set[int]:
    """Of runs in order; one of all of the matrix rather than one of a part."""
    kept: dict[tuple[int, int], tuple[bool, int]] = {}
    for id_, made_at, partial in runs:
        year, week, _ = made_at.isocalendar()
        known = kept.get((year, week))
        if known is None or known[0] or not partial:
            kept[year, week] = partial, id_
    return {id_ for _, id_ in kept.values()}


def _needed(session: Session, runs: Collection[int], keep: int) -> set[int]:
    """Those of the runs in which a suite or a cell has something that must be kept."""
    cell = aliased(CellRow)
    of_suite_run = cell.suite_run_id == SuiteRunRow.id
    later = aliased(SuiteRunRow)
    recent = ~exists(
        select(later.id).where(_same_suite(later), _at(later) > _at()).offset(keep - 1)
    )
    last_green = exists().where(of_suite_run, cell.status == Status.PASSED, ~_passes_later(cell))
    first_bad = exists().where(
        of_suite_run, cell.status.in_(BAD), ~_passes_later(cell), ~_was_bad_before(cell)
    )
    wanted = select(SuiteRunRow.run_id).where(
        SuiteRunRow.run_id.in_(runs), or_(recent, last_green, first_bad)
    )
    return set(session.scalars(wanted))


def _passes_later(cell: type[CellRow]) -> ColumnElement[bool]:
    later, passed = aliased(SuiteRunRow), aliased(CellRow)
    found = exists().where(
        _same_suite(later),
        _at(later) > _at(),
        passed.suite_run_id == later.id,
        _same_cell(passed, cell),
        passed.status == Status.PASSED,
    )
    return found.correlate(SuiteRunRow, cell)


def _was_bad_before(cell: type[CellRow]) -> ColumnElement[bool]:
    """Whether what is known of the cell before it is that it does not work."""
    earlier, known = aliased(SuiteRunRow), aliased(CellRow)
    evidence = (
        select(known.status)
        .join(earlier, earlier.id == known.suite_run_id)
        .where(
            _same_suite(earlier),
            _at(earlier) < _at(),
            _same_cell(known, cell),
            known.status.in_([Status.PASSED, *BAD]),
        )
        .order_by(earlier.made_at.desc(), earlier.id.desc())
        .limit(1)
        .correlate(SuiteRunRow, cell)
        .scalar_subquery()
    )
    return func.coalesce(evidence.in_(BAD), false())


def _at(row: type[SuiteRunRow] = SuiteRunRow) -> Tuple:
    return tuple_(row.made_at, row.id)


def _same_suite(row: type[SuiteRunRow]) -> ColumnElement[bool]:
    return row.suite_id == SuiteRunRow.suite_id


def _same_cell(one: type[CellRow], other: type[CellRow]) -> ColumnElement[bool]:
    return and_(one.version == other.version, one.python == other.python)


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
