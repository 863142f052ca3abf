"""Reads what is stored, as values of the result model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from compat_board.read.history import RunInfo, RunSummary, SuiteRun
from compat_board.stored.latest import is_followed, latest
from compat_board.stored.tables import (
    CanaryRow,
    CellRow,
    DocumentRow,
    MergedRow,
    PruningRow,
    Releases,
    RunRow,
    SuiteRow,
    SuiteRunRow,
    TallyRow,
)
from matrix_results import Cell, Failure, Run, Status, Suite

# Rows are of columns, and each statement is built once: entities take three times as long, and for
# few rows a statement takes longer to build than to execute.
_Row = Row[*Tuple[Any, ...]]
_RUN = (RunRow.identity, RunRow.made_at, RunRow.commit, RunRow.partial)
_SUITE = (
    SuiteRow.address,
    SuiteRunRow.id,
    SuiteRunRow.package,
    SuiteRunRow.as_of,
    SuiteRunRow.snapshot,
    SuiteRunRow.problem,
    SuiteRunRow.releases,
)
# Failures have a column of another form.
_CELL_FIELDS = tuple(f for f in Cell.__struct_fields__ if f != "failures")
_CELL = (
    *(CellRow.__table__.c[field] for field in _CELL_FIELDS),
    CellRow.suite_run_id,
    CellRow.pins,
    CellRow.failures,
)


@dataclass(frozen=True)
class SuiteState:
    """A suite as the latest run that had it found it; `name` is its place in URLs.

    It is `gone` from the matrix if a later run, of all of it, has no such suite.
    """

    name: str
    run: RunInfo
    suite: Suite
    gone: bool


@dataclass(frozen=True)
class CellResult:
    """What one run found of a cell, with its failures, and the pins of its lock if known."""

    run: RunInfo
    cell: Cell
    pins: Optional[Tuple[str, ...]]


def state(database: Union[Connection, Session]) -> str:
    """A text that differs whenever what is stored does.

    An id may come again after its run was pruned, but only with a greater number of those.
    """
    pruned, canary, merged, id_, identity = database.execute(_state()).one()
    others = (("c", canary), ("m", merged))
    seen = "-".join([f"{pruned}", *(f"{kind}{id}" for kind, id in others if id is not None)])
    return f"{seen}-{id_}-{identity[-12:]}" if identity is not None else f"{seen}-empty"


def newest_run(session: Session) -> Optional[RunInfo]:
    """The run that was made last, whenever it was received."""
    row = session.execute(_newest_runs(), {"limit": 1}).one_or_none()
    return _run_info(row) if row is not None else None


def current_suites(session: Session) -> List[SuiteState]:
    """Every suite in its latest state, by name; without verdicts, failures and pins."""
    found = session.execute(_current()).all()
    cells: Dict[int, List[Cell]] = {}
    for cell in session.execute(_current_cells()):
        cells.setdefault(cell.suite_run_id, []).append(_cell(cell))
    return [
        SuiteState(row.name, _run_info(row), _suite(row, cells.get(row.id, ())), row.gone)
        for row in found
    ]


def suite_named(
    session: Session, name: str, *, age: int = 0, failures: int = 0
) -> Optional[SuiteState]:
    """A suite in its latest state, with its verdicts; without pins.

    `age` 1 is the state before that, and so on. So many of its cells have their `failures`, those of
    the newest releases first.
    """
    row = session.execute(_current_named(age), {"name": name}).one_or_none()
    if row is None:
        return None
    cells = session.execute(_cells(), {"suite_run": row.id}).all()
    failed = [cell.failures for cell in reversed(cells) if cell.failures][:failures]
    documents = _documents(session, [row.releases, *failed])
    suite = _suite(row, (_cell(cell, documents) for cell in cells), documents)
    return SuiteState(name, _run_info(row), suite, row.gone)


def suite_history(session: Session, name: str, *, limit: int) -> List[SuiteRun]:
    """The latest runs that had a suite, newest first; without trials."""
    rows = session.execute(_suite_runs(), {"name": name, "limit": limit}).all()
    statuses: Dict[int, Dict[Tuple[str, str], Status]] = {row.id: {} for row in rows}
    for id_, version, python, status in session.execute(
        _statuses(), {"suite_runs": list(statuses)}
    ):
        statuses[id_][version, python] = status
    return [SuiteRun(_run_info(row), statuses[row.id]) for row in rows]


def latest_runs(session: Session, *, limit: int) -> List[RunSummary]:
    """The latest runs, newest first; trials are not counted."""
    rows = session.execute(_newest_runs(), {"limit": limit}).all()
    counted = session.execute(
        select(TallyRow.run_id, TallyRow.status, TallyRow.cells).where(
            TallyRow.run_id.in_([row.id for row in rows])
        )
    ).all()
    counts: Dict[int, Dict[Status, int]] = {row.id: {} for row in rows}
    for id_, status, count in counted:
        counts[id_][status] = count
    return [
        RunSummary(
            _run_info(row),
            {status: counts[row.id][status] for status in Status if status in counts[row.id]},
        )
        for row in rows
    ]


def cell_history(
    session: Session, name: str, version: str, python: str, *, limit: int
) -> List[CellResult]:
    """The latest results of a cell, newest first; failures and pins of the newest alone."""
    asked = {"name": name, "version": version, "python": python, "limit": limit}
    return [
        _cell_result(session, row, whole=position == 0)
        for position, row in enumerate(session.execute(_cell_results(), asked).all())
    ]


def last_green(session: Session, name: str, version: str, python: str) -> Optional[CellResult]:
    """The latest result of a cell that passed, with its pins."""
    asked = {"name": name, "version": version, "python": python, "limit": 1}
    row = session.execute(_cell_results(passed=True), asked).one_or_none()
    return _cell_result(session, row, whole=True) if row is not None else None


def run_with_identity(session: Session, identity: str) -> Optional[Run]:
    """A whole run, as it was received, with its times in UTC."""
    run = session.scalar(select(RunRow).where(RunRow.identity == identity))
    if run is None:
        return None
    found = session.execute(
        select(*_SUITE)
        .select_from(SuiteRow)
        .join(SuiteRunRow, SuiteRunRow.suite_id == SuiteRow.id)
        .where(SuiteRunRow.run_id == run.id)
        .order_by(SuiteRunRow.position)
    ).all()
    documents = _documents_of(session, run)
    cells: Dict[int, List[Cell]] = {row.id: [] for row in found}
    locks: Dict[str, Tuple[str, ...]] = {}
    for cell in session.execute(
        select(*_CELL)
        .join(SuiteRunRow, SuiteRunRow.id == CellRow.suite_run_id)
        .where(SuiteRunRow.run_id == run.id)
        .order_by(CellRow.suite_run_id, CellRow.position)
    ):
        cells[cell.suite_run_id].append(_cell(cell, documents))
        if cell.pins:
            locks[cell.lock] = _pins(documents[cell.pins])
    return Run(
        made_at=run.made_at,
        commit=run.commit,
        suites=tuple(_suite(row, cells[row.id], documents) for row in found),
        other_suites=run.other_suites,
        locks=dict(sorted(locks.items())),
    )


@cache
def _state() -> Select[int, Optional[int], Optional[int], int, str]:
    # On tables, as it is asked for every request.
    runs, pruning = RunRow.__table__, PruningRow.__table__
    newest = select(func.max(runs.c.id)).scalar_subquery()
    canary = select(func.max(CanaryRow.__table__.c.id)).scalar_subquery()
    merged = select(func.max(MergedRow.__table__.c.id)).scalar_subquery()
    return select(pruning.c.runs, canary, merged, runs.c.id, runs.c.identity).select_from(
        pruning.outerjoin(runs, runs.c.id == newest)
    )


@cache
def _newest_runs() -> Select[*Tuple[Any, ...]]:
    return (
        select(RunRow.id, *_RUN)
        .order_by(RunRow.made_at.desc(), RunRow.id.desc())
        .limit(bindparam("limit"))
    )


@cache
def _current(age: int = 0) -> Select[*Tuple[Any, ...]]:
    """Every suite with its latest row, or one before it, its run, and whether it is gone."""
    return (
        select(SuiteRow.name, *_SUITE, *_RUN, is_followed().label("gone"))
        .select_from(SuiteRow)
        .join(SuiteRunRow, SuiteRunRow.id == latest(age))
        .join(RunRow, RunRow.id == SuiteRunRow.run_id)
        .order_by(SuiteRow.name)
    )


@cache
def _current_named(age: int) -> Select[*Tuple[Any, ...]]:
    return _current(age).where(SuiteRow.name == bindparam("name"))


@cache
def _current_cells() -> Select[*Tuple[Any, ...]]:
    return (
        select(*_CELL)
        .select_from(SuiteRow)
        .join(CellRow, CellRow.suite_run_id == latest())
        .order_by(CellRow.suite_run_id, CellRow.position)
    )


@cache
def _cells() -> Select[*Tuple[Any, ...]]:
    return (
        select(*_CELL)
        .where(CellRow.suite_run_id == bindparam("suite_run"))
        .order_by(CellRow.position)
    )


@cache
def _suite_runs() -> Select[*Tuple[Any, ...]]:
    """The runs of a suite, newest first, each with the id of what it says of the suite."""
    return (
        select(SuiteRunRow.id, *_RUN)
        .join(RunRow, RunRow.id == SuiteRunRow.run_id)
        .join(SuiteRow, SuiteRow.id == SuiteRunRow.suite_id)
        .where(SuiteRow.name == bindparam("name"))
        .order_by(SuiteRunRow.made_at.desc(), SuiteRunRow.id.desc())
        .limit(bindparam("limit"))
    )


@cache
def _statuses() -> Select[int, str, str, Status]:
    return (
        select(CellRow.suite_run_id, CellRow.version, CellRow.python, CellRow.status)
        .where(CellRow.suite_run_id.in_(bindparam("suite_runs", expanding=True)), ~CellRow.trial)
        .order_by(CellRow.suite_run_id, CellRow.position)
    )


@cache
def _cell_results(*, passed: bool = False) -> Select[*Tuple[Any, ...]]:
    """The results of a cell, newest first."""
    wanted = (
        select(*_CELL, *_RUN)
        .select_from(RunRow)
        .join(SuiteRunRow, SuiteRunRow.run_id == RunRow.id)
        .join(SuiteRow, SuiteRow.id == SuiteRunRow.suite_id)
        .join(CellRow, CellRow.suite_run_id == SuiteRunRow.id)
        .where(
            SuiteRow.name == bindparam("name"),
            CellRow.version == bindparam("version"),
            CellRow.python == bindparam("python"),
        )
        .order_by(SuiteRunRow.made_at.desc(), SuiteRunRow.id.desc())
        .limit(bindparam("limit"))
    )
    return wanted.where(CellRow.status == Status.PASSED) if passed else wanted


def _cell_result(session: Session, row: _Row, *, whole: bool) -> CellResult:
    documents = _documents(session, [row.failures, row.pins]) if whole else {}
    pins = documents.get(row.pins)
    return CellResult(_run_info(row), _cell(row, documents), _pins(pins) if pins else None)


def _documents(session: Session, digests: Iterable[Optional[str]]) -> Mapping[str, bytes]:
    wanted = sorted({digest for digest in digests if digest is not None})
    if not wanted:
        return {}
    found = session.execute(
        select(DocumentRow.digest, DocumentRow.content).where(DocumentRow.digest.in_(wanted))
    )
    return {digest: content for digest, content in found}


def _documents_of(session: Session, run: RunRow) -> Mapping[str, bytes]:
    """All of a run: there may be more than a statement can name."""
    found = session.execute(
        select(DocumentRow.digest, DocumentRow.content).where(
            or_(
                *(
                    DocumentRow.digest.in_(
                        select(column)
                        .select_from(SuiteRunRow)
                        .outerjoin(CellRow, CellRow.suite_run_id == SuiteRunRow.id)
                        .where(SuiteRunRow.run_id == run.id)
                    )
                    for column in (SuiteRunRow.releases, CellRow.pins, CellRow.failures)
                )
            )
        )
    )
    return {digest: content for digest, content in found}


def _suite(
    row: _Row, cells: Iterable[Cell], documents: Mapping[str, bytes] = MappingProxyType({})
) -> Suite:
    releases = documents.get(row.releases)
    known = msgspec.json.decode(releases, type=Releases) if releases else Releases()
    return Suite(
        address=row.address,
        package=row.package,
        as_of=row.as_of,
        snapshot=row.snapshot,
        problem=row.problem,
        cells=tuple(cells),
        verdicts=known.verdicts,
        uncovered=known.uncovered,
    )


def _cell(row: _Row, documents: Mapping[str, bytes] = MappingProxyType({})) -> Cell:
    """Of a row that begins with `_CELL`; without failures if there are no documents."""
    fields: Dict[str, Any] = dict(zip(_CELL_FIELDS, row))
    failures = documents.get(row.failures) if documents else None
    return Cell(**fields, failures=_failures(failures) if failures else ())


def _run_info(row: _Row) -> RunInfo:
    return RunInfo(row.identity, row.made_at, row.commit, row.partial)


def _pins(content: bytes) -> Tuple[str, ...]:
    found: Tuple[str, ...] = msgspec.json.decode(content, type=Tuple[str, ...])
    return found


def _failures(content: bytes) -> Tuple[Failure, ...]:
    found: Tuple[Failure, ...] = msgspec.json.decode(content, type=Tuple[Failure, ...])
    return found
