"""Hash-pinned locks through pip-tools, as a Pants backend."""
