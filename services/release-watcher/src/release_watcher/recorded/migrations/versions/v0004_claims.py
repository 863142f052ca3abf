"""The Pythons that packages claim to support."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("claimant", "claims"):
        op.add_column("packages", sa.Column(name, sa.String(), nullable=False, server_default=""))
