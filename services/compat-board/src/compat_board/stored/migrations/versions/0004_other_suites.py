"""How many suites of the matrix a run is not of, as its report says."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "runs", sa.Column("other_suites", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("other_suites")
