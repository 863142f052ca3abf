"""Whether a cell is on a Python that its release does not claim; of older runs it was not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "cells", sa.Column("trial", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    with op.batch_alter_table("cells") as cells:
        cells.drop_column("trial")
