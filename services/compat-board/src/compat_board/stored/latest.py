"""Which rows count now: the latest of each suite, and whether the matrix still has it."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Dict

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from compat_board.stored.tables import RunRow, SuiteRow, SuiteRunRow


def suites_in_matrix(session: Session) -> Dict[str, datetime.datetime]:
    """The address of each suite that is not gone, and when the latest run that has it was made."""
    return {address: made_at for address, made_at in session.execute(_in_matrix())}


def is_followed() -> ColumnElement[bool]:
    """Whether a run of all of the matrix came after the run that the query around it is at."""
    later = aliased(RunRow)
    return exists().where(
        tuple_(later.made_at, later.id) > tuple_(RunRow.made_at, RunRow.id), ~later.partial
    )


def latest(age: int = 0) -> ScalarSelect[int]:
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


@cache
def _in_matrix() -> Select[str, datetime.datetime]:
    return (
        select(SuiteRow.address, RunRow.made_at)
        .select_from(SuiteRow)
        .join(SuiteRunRow, SuiteRunRow.id == latest())
        .join(RunRow, RunRow.id == SuiteRunRow.run_id)
        .where(~is_followed())
    )
