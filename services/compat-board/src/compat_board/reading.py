"""Reads what is stored, as values of the result model."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from types import MappingProxyType
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from compat_board.history import RunInfo, RunSummary, SuiteRun
from compat_board.tables import (
    CellRow,
    DocumentRow,
    PruningRow,
    Releases,
    RunRow,
    SuiteRow,
    SuiteRunRow,
)
from matrix_results import Cell, Failure, Run, Status, Suite


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


def state(session: Session) -> str:
    """A text that differs whenever what is stored does.

    An id may come again after its run was pruned, but only with a greater number of those.
    """
    pruned, id_, identity = session.execute(
        select(PruningRow.runs, RunRow.id, RunRow.identity).outerjoin(
            RunRow, RunRow.id == select(func.max(RunRow.id)).scalar_subquery()
        )
    ).one()
    return f"{pruned}-{id_}-{identity[-12:]}" if identity is not None else f"{pruned}-empty"


def newest_run(session: Session) -> Optional[RunInfo]:
    """The run that was made last, whenever it was received."""
    row = session.scalar(select(RunRow).order_by(RunRow.made_at.desc(), RunRow.id.desc()).limit(1))
    return _run_info(row) if row is not None else None


def current_suites(session: Session) -> List[SuiteState]:
    """Every suite in its latest state, by name; without verdicts, failures and pins."""
    found = session.execute(_current().order_by(SuiteRow.name)).all()
    cells: Dict[int, List[CellRow]] = {}
    for cell in session.scalars(
        select(CellRow)
        .select_from(SuiteRow)
        .join(CellRow, CellRow.suite_run_id == _latest())
        .order_by(CellRow.suite_run_id, CellRow.position)
    ):
        cells.setdefault(cell.suite_run_id, []).append(cell)
    return [
        SuiteState(suite.name, _run_info(run), _suite(suite, row, cells.get(row.id, ())), gone)
        for suite, row, run, gone in found
    ]


def suites_in_matrix(session: Session) -> Dict[str, datetime.datetime]:
    """The address of each suite that is not gone, and when the latest run that has it was made."""
    found = session.execute(_current()).all()
    return {suite.address: run.made_at for suite, _, run, gone in found if not gone}


def suite_named(session: Session, name: str, *, age: int = 0) -> Optional[SuiteState]:
    """A suite in its latest state, with its verdicts; without failures and pins.

    `age` 1 is the state before that, and so on.
    """
    found = session.execute(_current(age).where(SuiteRow.name == name)).one_or_none()
    if found is None:
        return None
    suite, row, run, gone = found
    documents = _documents(session, [row.releases])
    suite_then = _suite(suite, row, _cells(session, row), documents)
    return SuiteState(name, _run_info(run), suite_then, gone)


def suite_history(session: Session, name: str, *, limit: int) -> List[SuiteRun]:
    """The latest runs that had a suite, newest first."""
    rows = session.execute(
        select(SuiteRunRow.id, RunRow)
        .join(RunRow, RunRow.id == SuiteRunRow.run_id)
        .join(SuiteRow, SuiteRow.id == SuiteRunRow.suite_id)
        .where(SuiteRow.name == name)
        .order_by(SuiteRunRow.made_at.desc(), SuiteRunRow.id.desc())
        .limit(limit)
    ).all()
    statuses: Dict[int, Dict[Tuple[str, str], Status]] = {id_: {} for id_, _ in rows}
    for id_, version, python, status in session.execute(
        select(CellRow.suite_run_id, CellRow.version, CellRow.python, CellRow.status)
        .where(CellRow.suite_run_id.in_(statuses))
        .order_by(CellRow.suite_run_id, CellRow.position)
    ):
        statuses[id_][version, python] = status
    return [SuiteRun(_run_info(run), statuses[id_]) for id_, run in rows]


def latest_runs(session: Session, *, limit: int) -> List[RunSummary]:
    """The latest runs, newest first."""
    rows = session.scalars(
        select(RunRow).order_by(RunRow.made_at.desc(), RunRow.id.desc()).limit(limit)
    ).all()
    counted = session.execute(
        select(SuiteRunRow.run_id, CellRow.status, func.count())
        .join(CellRow, CellRow.suite_run_id == SuiteRunRow.id)
        .where(SuiteRunRow.run_id.in_([row.id for row in rows]))
        .group_by(SuiteRunRow.run_id, CellRow.status)
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
    found = _cell_results(session, name, version, python, limit=limit)
    return [
        _cell_result(session, run, cell, whole=position == 0)
        for position, (run, cell) in enumerate(found)
    ]


def last_green(session: Session, name: str, version: str, python: str) -> Optional[CellResult]:
    """The latest result of a cell that passed, with its pins."""
    for run, cell in _cell_results(session, name, version, python, limit=1, passed=True):
        return _cell_result(session, run, cell, whole=True)
    return None


def run_with_identity(session: Session, identity: str) -> Optional[Run]:
    """A whole run, as it was received, with its times in UTC."""
    run = session.scalar(select(RunRow).where(RunRow.identity == identity))
    if run is None:
        return None
    found = session.execute(
        select(SuiteRow, SuiteRunRow)
        .join(SuiteRunRow, SuiteRunRow.suite_id == SuiteRow.id)
        .where(SuiteRunRow.run_id == run.id)
        .order_by(SuiteRunRow.position)
    ).all()
    cells: Dict[int, List[CellRow]] = {row.id: [] for _, row in found}
    for cell in session.scalars(
        select(CellRow)
        .join(SuiteRunRow, SuiteRunRow.id == CellRow.suite_run_id)
        .where(SuiteRunRow.run_id == run.id)
        .order_by(CellRow.suite_run_id, CellRow.position)
    ):
        cells[cell.suite_run_id].append(cell)
    documents = _documents_of(session, run)
    locks = {
        cell.lock: _pins(documents[cell.pins])
        for of_suite in cells.values()
        for cell in of_suite
        if cell.pins
    }
    return Run(
        made_at=run.made_at,
        commit=run.commit,
        suites=tuple(_suite(suite, row, cells[row.id], documents) for suite, row in found),
        other_suites=run.other_suites,
        locks=dict(sorted(locks.items())),
    )


def _current(age: int = 0) -> Select[SuiteRow, SuiteRunRow, RunRow, bool]:
    """Every suite with its latest row, or one before it, its run, and whether it is gone."""
    return (
        select(SuiteRow, SuiteRunRow, RunRow, _is_followed())
        .select_from(SuiteRow)
        .join(SuiteRunRow, SuiteRunRow.id == _latest(age))
        .join(RunRow, RunRow.id == SuiteRunRow.run_id)
    )


def _is_followed() -> ColumnElement[bool]:
    """Whether a run of all of the matrix came after the run that the query around it is at."""
    later = aliased(RunRow)
    return exists().where(
        tuple_(later.made_at, later.id) > tuple_(RunRow.made_at, RunRow.id), ~later.partial
    )


def _latest(age: int = 0) -> ScalarSelect[int]:
    """The id of the latest row of the suite that the query around it is at."""
    row = aliased(SuiteRunRow)
    return (
        select(row.id)
        .where(row.suite_id == SuiteRow.id)
        .order_by(row.made_at.desc(), row.id.desc())
        .limit(1)
        .offset(age)
        .correlate(SuiteRow)
        .scalar_subquery()
    )


def _cells(session: Session, suite_run: SuiteRunRow) -> Sequence[CellRow]:
    return session.scalars(
        select(CellRow).where(CellRow.suite_run_id == suite_run.id).order_by(CellRow.position)
    ).all()


def _cell_results(
    session: Session, name: str, version: str, python: str, *, limit: int, passed: bool = False
) -> List[Tuple[RunInfo, CellRow]]:
    wanted = (
        select(RunRow, CellRow)
        .join(SuiteRunRow, SuiteRunRow.run_id == RunRow.id)
        .join(SuiteRow, SuiteRow.id == SuiteRunRow.suite_id)
        .join(CellRow, CellRow.suite_run_id == SuiteRunRow.id)
        .where(SuiteRow.name == name, CellRow.version == version, CellRow.python == python)
        .order_by(SuiteRunRow.made_at.desc(), SuiteRunRow.id.desc())
        .limit(limit)
    )
    if passed:
        wanted = wanted.where(CellRow.status == Status.PASSED)
    return [(_run_info(run), cell) for run, cell in session.execute(wanted).all()]


def _cell_result(session: Session, run: RunInfo, row: CellRow, *, whole: bool) -> CellResult:
    documents = _documents(session, [row.failures, row.pins]) if whole else {}
    pins = documents.get(row.pins or "")
    return CellResult(run, _cell(row, documents), _pins(pins) if pins else None)


def _documents(session: Session, digests: Iterable[Optional[str]]) -> Mapping[str, bytes]:
    wanted = sorted({digest for digest in digests if digest is not None})
    if not wanted:
        return {}
    rows = session.scalars(select(DocumentRow).where(DocumentRow.digest.in_(wanted)))
    return {row.digest: row.content for row in rows}


def _documents_of(session: Session, run: RunRow) -> Mapping[str, bytes]:
    """All of a run: there may be more than a statement can name."""
    rows = session.scalars(
        select(DocumentRow).where(
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
    return {row.digest: row.content for row in rows}


def _suite(
    suite: SuiteRow,
    row: SuiteRunRow,
    cells: Iterable[CellRow],
    documents: Mapping[str, bytes] = MappingProxyType({}),
) -> Suite:
    releases = documents.get(row.releases)
    known = msgspec.json.decode(releases, type=Releases) if releases else Releases()
    return Suite(
        address=suite.address,
        package=row.package,
        as_of=row.as_of,
        snapshot=row.snapshot,
        problem=row.problem,
        cells=tuple(_cell(cell, documents) for cell in cells),
        verdicts=known.verdicts,
        uncovered=known.uncovered,
    )


def _cell(row: CellRow, documents: Mapping[str, bytes]) -> Cell:
    failures = documents.get(row.failures or "")
    return Cell(
        version=row.version,
        tier=row.tier,
        python=row.python,
        status=row.status,
        reason=row.reason,
        tests=row.tests,
        failed=row.failed,
        skipped=row.skipped,
        seconds=row.seconds,
        ran_at=row.ran_at,
        lock=row.lock,
        failures=_failures(failures) if failures else (),
    )


def _run_info(row: RunRow) -> RunInfo:
    return RunInfo(row.identity, row.made_at, row.commit, row.partial)


def _pins(content: bytes) -> Tuple[str, ...]:
    found: Tuple[str, ...] = msgspec.json.decode(content, type=Tuple[str, ...])
    return found


def _failures(content: bytes) -> Tuple[Failure, ...]:
    found: Tuple[Failure, ...] = msgspec.json.decode(content, type=Tuple[Failure, ...])
    return found
