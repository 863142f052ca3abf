"""Stores which requests were merged, once each, and finds them."""

from __future__ import annotations

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from compat_board.received.receipt import Stored
from compat_board.stored.database import Database
from compat_board.stored.tables import MergedRow
from matrix_updates.proposal.documents import encode
from matrix_updates.publish.merged import MergedRequest, MergedRequests

KEPT_REQUESTS = 1_000


def store_merged(database: Database, merged: MergedRequests) -> Stored:
    """Stores those that are new; of all only the latest are kept.

    Raises `sqlalchemy.exc.SQLAlchemyError`.
    """
    name = f"merged-{hashlib.sha256(encode(merged)).hexdigest()[:32]}"
    found = {each.url: each for each in merged.requests}
    with database.writing() as session:
        known = set(session.scalars(select(MergedRow.url).where(MergedRow.url.in_(found))))
        new = [each for each in found.values() if each.url not in known]
        session.add_all(
            MergedRow(url=each.url, title=each.title, commit=each.commit, merged_at=each.merged_at)
            # The oldest first, so that ids ascend with time.
            for each in sorted(new, key=lambda each: each.merged_at)
        )
        session.flush()
        latest = select(MergedRow.id).order_by(MergedRow.merged_at.desc(), MergedRow.id.desc())
        kept = session.scalars(latest.limit(KEPT_REQUESTS)).all()
        session.execute(delete(MergedRow).where(MergedRow.id.not_in(kept)))
    return Stored(name, created=bool(new))


def merged_requests(session: Session) -> MergedRequests:
    """Those that are known, the latest first."""
    rows = session.scalars(
        select(MergedRow).order_by(MergedRow.merged_at.desc(), MergedRow.id.desc())
    )
    return MergedRequests(
        requests=tuple(
            MergedRequest(url=row.url, title=row.title, commit=row.commit, merged_at=row.merged_at)
            for row in rows
        )
    )
