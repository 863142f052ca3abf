"""Scripts that run inside sandboxes: standard library only."""
