"""Packages that are gone; releases that could never be installed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("absences", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("departures", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("packages", column)
    op.execute("UPDATE releases SET state = 'unusable' WHERE state = 'unreadable'")
