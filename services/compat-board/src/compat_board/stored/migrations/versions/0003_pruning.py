"""How many runs were pruned, and indexes that tell whether a document is still referred to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REFERENCES = (("suite_runs", "releases"), ("cells", "pins"), ("cells", "failures"))


def upgrade() -> None:
    pruning = op.create_table(
        "pruning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pruning"),
    )
    op.bulk_insert(pruning, [{"id": 1, "runs": 0}])
    for table, column in _REFERENCES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in _REFERENCES:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_table("pruning")
