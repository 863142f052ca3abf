"""What people have heard from canaries, by suite: so that each is told once, and that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from release_watcher.recorded.database import writing
from release_watcher.recorded.tables import CanaryRow


@dataclass(frozen=True)
class Heard:
    """Why a suite was red when it was last told of, empty if it was green, and when that was."""

    cause: str
    made_at: datetime


def heard(engine: Engine) -> dict[str, Heard]:
    """Name of a suite -> what people have heard of it."""
    with Session(engine) as session:
        rows = session.scalars(select(CanaryRow))
        return {row.suite: Heard(row.cause, row.made_at) for row in rows}


def remember(engine: Engine, told: Mapping[str, Heard]) -> None:
    """Records what people have heard now; the suites of which nothing was said stay as they are."""
    if not told:
        return
    rows = [
        {"suite": name, "cause": each.cause, "made_at": each.made_at} for name, each in told.items()
    ]
    statement = insert(CanaryRow)
    new = {name: statement.excluded[name] for name in ("cause", "made_at")}
    with Session(writing(engine)) as session, session.begin():
        session.execute(statement.on_conflict_do_update(index_elements=["suite"], set_=new), rows)
