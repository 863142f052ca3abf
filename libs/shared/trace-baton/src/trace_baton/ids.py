"""Random identifiers of traces and spans."""

import os
import random

# A generator of its own, which an application's `random.seed()` does not reach; seeded by the
# kernel. Asking the kernel for every identifier would be a third of the cost of a request.
_random = random.Random()
_seeded_in = os.getpid()
# Looked up once, and not for every identifier.
_getrandbits = _random.getrandbits
_getpid = os.getpid


def new_trace_id() -> str:
    """Return 32 lowercase hex digits, random in every bit and never all zero.

    Every bit is random, so a trace that starts here may set the level 2 `random` flag.
    """
    if _getpid() != _seeded_in:
        _seed()
    number = _getrandbits(128)
    return number.to_bytes(16, "big").hex() if number else new_trace_id()


def new_span_id() -> str:
    """Return 16 lowercase hex digits, random in every bit and never all zero."""
    if _getpid() != _seeded_in:
        _seed()
    number = _getrandbits(64)
    return number.to_bytes(8, "big").hex() if number else new_span_id()


def _seed() -> None:
    """Part from the process that this one was forked from.

    Found out by asking, because `os.register_at_fork` is silent where a server forks by itself, as
    uWSGI does.
    """
    global _seeded_in
    # In this order: another thread goes on as soon as it sees the new number.
    _random.seed()
    _seeded_in = _getpid()
