"""Runs, suites, cells, and the documents they share."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(80), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("commit", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("identity", name="uq_runs_identity"),
    )
    op.create_index("ix_runs_made_at", "runs", ["made_at"])
    op.create_table(
        "suites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suites"),
        sa.UniqueConstraint("address", name="uq_suites_address"),
        sa.UniqueConstraint("name", name="uq_suites_name"),
    )
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_documents"),
    )
    op.create_table(
        "suite_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("package", sa.Text()),
        sa.Column("as_of", moment),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("releases", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suite_runs"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_suite_runs_run_id"),
        sa.ForeignKeyConstraint(["suite_id"], ["suites.id"], name="fk_suite_runs_suite_id"),
        sa.ForeignKeyConstraint(["releases"], ["documents.digest"], name="fk_suite_runs_releases"),
    )
    op.create_index("ix_suite_runs_run_id", "suite_runs", ["run_id"])
    op.create_index(
        "ix_suite_runs_suite_id_made_at_id", "suite_runs", ["suite_id", "made_at", "id"]
    )
    op.create_table(
        "cells",
        sa.Column("suite_run_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double()),
        sa.Column("ran_at", moment),
        sa.Column("lock", sa.Text(), nullable=False),
        sa.Column("pins", sa.String(64)),
        sa.Column("failures", sa.String(64)),
        sa.PrimaryKeyConstraint("suite_run_id", "version", "python", name="pk_cells"),
        sa.ForeignKeyConstraint(["suite_run_id"], ["suite_runs.id"], name="fk_cells_suite_run_id"),
        sa.ForeignKeyConstraint(["pins"], ["documents.digest"], name="fk_cells_pins"),
        sa.ForeignKeyConstraint(["failures"], ["documents.digest"], name="fk_cells_failures"),
    )


def downgrade() -> None:
    for table in ("cells", "suite_runs", "documents", "suites", "runs"):
        op.drop_table(table)
