"""How many cells of a run have each status, so that a list of runs reads none of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "status", name=op.f("pk_tallies")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_tallies_run_id")),
    )
    op.execute(
        "INSERT INTO tallies (run_id, status, cells) "
        "SELECT suite_runs.run_id, cells.status, count(*) "
        "FROM suite_runs JOIN cells ON cells.suite_run_id = suite_runs.id "
        "WHERE NOT cells.trial GROUP BY suite_runs.run_id, cells.status"
    )


def downgrade() -> None:
    op.drop_table("tallies")
