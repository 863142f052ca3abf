"""What Alembic runs: the migrations, on the connection that `compat_board.stored.migrating` opened."""

from alembic import context

from compat_board.stored.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
)
context.run_migrations()
