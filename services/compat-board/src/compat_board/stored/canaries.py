"""Stores what canaries saw, in a table of its own: it changes no standing."""

from __future__ import annotations

import hashlib

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from compat_board.received.receipt import Stored
from compat_board.stored.database import Database
from compat_board.stored.tables import CanaryRow
from matrix_updates.canary.song import Song, read_song
from matrix_updates.proposal.documents import encode

KEPT_CANARIES = 100


def store_canary(database: Database, song: Song) -> Stored:
    """Stores it once; of all only the latest are kept. Raises `sqlalchemy.exc.SQLAlchemyError`."""
    content = encode(song)
    name = f"canary-{hashlib.sha256(content).hexdigest()[:32]}"
    with database.writing() as session:
        if session.scalar(select(CanaryRow.id).where(CanaryRow.identity == name)) is not None:
            return Stored(name, created=False)
        session.add(CanaryRow(identity=name, made_at=song.made_at, content=content))
        session.flush()
        kept = [row.id for row in session.scalars(_newest().limit(KEPT_CANARIES))]
        session.execute(delete(CanaryRow).where(CanaryRow.id.not_in(kept)))
    return Stored(name, created=True)


def latest_canary(session: Session) -> Song | None:
    """What the canary that was made last saw; None if there was none."""
    row = session.scalars(_newest().limit(1)).one_or_none()
    return read_song(row.content, source=row.identity) if row is not None else None


def _newest() -> Select[CanaryRow]:
    return select(CanaryRow).order_by(CanaryRow.made_at.desc(), CanaryRow.id.desc())
