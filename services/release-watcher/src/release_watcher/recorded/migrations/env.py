"""Run by Alembic, with the connection that `database` gives it."""

from alembic import context

# SQLite makes tables in transactions, and ours begin where SQLAlchemy says so.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
