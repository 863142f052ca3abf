"""What canaries saw, apart from runs: no standing, badge or count is made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canaries")),
        sa.UniqueConstraint("identity", name=op.f("uq_canaries_identity")),
    )
    op.create_index(op.f("ix_canaries_made_at"), "canaries", ["made_at"])


def downgrade() -> None:
    op.drop_table("canaries")
