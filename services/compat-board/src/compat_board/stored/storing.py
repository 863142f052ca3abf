"""Stores a run: all of it, once, or nothing."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from itertools import batched
from typing import Any, Dict, Optional, Sequence, Type

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compat_board.received.receipt import Covers, LacksSuites, Stored
from compat_board.stored.database import VALUES, Database
from compat_board.stored.latest import suites_in_matrix
from compat_board.stored.tables import (
    CellRow,
    DocumentRow,
    Releases,
    RunRow,
    SuiteRow,
    SuiteRunRow,
    Table,
    TallyRow,
)
from matrix_results import Cell, Run, Suite, identity
from matrix_results.badge import project

_UNSAFE = re.compile(r"[^a-z0-9._-]+")
_NAME_LENGTH = 80
# Names that the board itself has at the same place.
_TAKEN = "matrix"


def store(
    database: Database, run: Run, *, now: datetime.datetime, covers: Optional[Covers] = None
) -> Stored:
    """Stores an acceptable run; one that is there already changes nothing.

    Without `covers` it is of what it says itself. Raises `LacksSuites` if that is all, but more than
    half of the matrix would leave by it, and `sqlalchemy.exc.SQLAlchemyError`; then nothing is
    stored.
    """
    name = identity(run)
    with database.writing() as session:
        if session.scalar(select(RunRow.id).where(RunRow.identity == name)) is not None:
            return Stored(name, created=False)
        partial = run.other_suites > 0 if covers is None else covers is Covers.PART
        if covers is None and not partial:
            _require_most_suites(session, run)
        row = RunRow(
            identity=name,
            made_at=run.made_at,
            received_at=now,
            commit=run.commit,
            partial=partial,
            other_suites=run.other_suites,
        )
        session.add(row)
        session.flush()
        _Writer(session, run, row.id).write()
    return Stored(name, created=True)


def _require_most_suites(session: Session, run: Run) -> None:
    matrix = suites_in_matrix(session)
    given = {suite.address for suite in run.suites}
    leaving = [
        address
        for address, latest in matrix.items()
        if address not in given and latest <= run.made_at
    ]
    if 2 * len(leaving) > len(matrix):
        raise LacksSuites(
            f"the report lacks {len(leaving)} of the {len(matrix)} suites of the matrix, for "
            f"instance {min(leaving)}, and says that it is of all. If they have left the "
            "repository, send it with `--covers=all`; if it is of a part, with `--covers=part`"
        )


class _Writer:
    """Writes the suites and cells of a run, and collects the documents that they refer to."""

    def __init__(self, session: Session, run: Run, run_id: int) -> None:
        self._session = session
        self._run = run
        self._run_id = run_id
        self._documents: Dict[str, bytes] = {}
        self._pins = {lock: self._document(pins) for lock, pins in run.locks.items()}

    def write(self) -> None:
        suites = self._suite_ids()
        suite_runs = [
            self._suite_run(suites[suite.address], position, suite)
            for position, suite in enumerate(self._run.suites)
        ]
        cells = [
            [self._cell(position, cell) for position, cell in enumerate(suite.cells)]
            for suite in self._run.suites
        ]
        self._write_documents()
        self._insert(SuiteRunRow, suite_runs)
        inserted = self._session.execute(
            select(SuiteRunRow.suite_id, SuiteRunRow.id).where(SuiteRunRow.run_id == self._run_id)
        )
        ids = {suite_id: id_ for suite_id, id_ in inserted}
        self._insert(
            CellRow,
            [
                {"suite_run_id": ids[suite_run["suite_id"]], **cell}
                for suite_run, of_suite in zip(suite_runs, cells)
                for cell in of_suite
            ],
        )
        found = Counter(cell.status for _, cell in self._run.cells() if not cell.trial)
        self._insert(
            TallyRow,
            [
                {"run_id": self._run_id, "status": status, "cells": count}
                for status, count in found.items()
            ],
        )

    def _insert(self, table: Type[Table], rows: Sequence[Dict[str, Any]]) -> None:
        """Past the ORM, which takes several times longer."""
        if rows:
            self._session.connection().execute(insert(table), rows)

    def _suite_ids(self) -> Dict[str, int]:
        """Address -> id of each suite of the run; those that are new get a name."""
        found = self._session.execute(select(SuiteRow.address, SuiteRow.id, SuiteRow.name)).all()
        known = {address: id_ for address, id_, _ in found}
        names = {name for _, _, name in found}
        for suite in self._run.suites:
            if suite.address not in known:
                row = SuiteRow(address=suite.address, name=_free_name(suite, names))
                self._session.add(row)
                self._session.flush()
                known[suite.address] = row.id
                names.add(row.name)
        return known

    def _suite_run(self, suite_id: int, position: int, suite: Suite) -> Dict[str, Any]:
        return {
            "run_id": self._run_id,
            "suite_id": suite_id,
            "position": position,
            "made_at": self._run.made_at,
            "package": suite.package,
            "as_of": suite.as_of,
            "snapshot": suite.snapshot,
            "problem": suite.problem,
            "releases": self._document(Releases(suite.verdicts, suite.uncovered)),
        }

    def _cell(self, position: int, cell: Cell) -> Dict[str, Any]:
        return {
            "position": position,
            "version": cell.version,
            "python": cell.python,
            "tier": cell.tier,
            "status": cell.status,
            "reason": cell.reason,
            "tests": cell.tests,
            "failed": cell.failed,
            "skipped": cell.skipped,
            "seconds": cell.seconds,
            "ran_at": cell.ran_at,
            "lock": cell.lock,
            "trial": bool(cell.trial),
            "pins": self._pins.get(cell.lock),
            "failures": self._document(cell.failures) if cell.failures else None,
        }

    def _document(self, content: Any) -> str:
        data = msgspec.json.encode(content)
        digest = hashlib.sha256(data).hexdigest()
        self._documents[digest] = data
        return digest

    def _write_documents(self) -> None:
        for batch in batched(sorted(self._documents), VALUES):
            known = set(
                self._session.scalars(
                    select(DocumentRow.digest).where(DocumentRow.digest.in_(batch))
                )
            )
            self._insert(
                DocumentRow,
                [
                    {"digest": digest, "content": self._documents[digest]}
                    for digest in batch
                    if digest not in known
                ],
            )


def _free_name(suite: Suite, taken: set[str]) -> str:
    """The suite's place in URLs: its project, else its address, else a digest of that."""
    digest = hashlib.sha256(suite.address.encode("utf-8", "replace")).hexdigest()[:12]
    for text in (project(suite), suite.address):
        name = _safe(text)
        if name and name != _TAKEN and name not in taken:
            return name
    return f"{_safe(suite.address) or 'suite'}-{digest}"


def _safe(text: str) -> Optional[str]:
    """Lower case, and nothing that means something in a path; None if nothing is left."""
    return _UNSAFE.sub(".", text.lower())[:_NAME_LENGTH].strip(".") or None
