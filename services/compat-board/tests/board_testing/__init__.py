"""What the board's tests start and ask: the board itself, PostgreSQL, a browser."""
