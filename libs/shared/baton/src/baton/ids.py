"""Random identifiers of traces and spans."""

import os


def new_trace_id() -> str:
    """Return 32 lowercase hex digits, random in every bit and never all zero.

    Every bit is random, so a trace that starts here may set the level 2 `random` flag.
    """
    return _nonzero(16)


def new_span_id() -> str:
    """Return 16 lowercase hex digits, random in every bit and never all zero."""
    return _nonzero(8)


def _nonzero(size: int) -> str:
    # The kernel's generator, not `random`: it survives forks and an application's `random.seed()`.
    value = os.urandom(size)
    while not any(value):
        value = os.urandom(size)
    return value.hex()
