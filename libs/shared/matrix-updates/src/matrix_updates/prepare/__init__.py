"""Makes proposals: runs Pants, and with it third-party code, and holds no credentials."""
