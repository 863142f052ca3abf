"""Random identifiers of traces and spans."""

import random
from typing import Tuple

from trace_baton.forks import mark

# A generator of its own, which an application's `random.seed()` does not reach; seeded by the
# kernel. Asking the kernel for every identifier would be a third of the cost of a request.
_random = random.Random()
_seeded_here = mark()
# Looked up once, and not for every identifier.
_getrandbits = _random.getrandbits


def new_span_id() -> str:
    """Return 16 lowercase hex digits, random in every bit and never all zero."""
    if not _seeded_here[0]:
        _seed()
    number = _getrandbits(64)
    return number.to_bytes(8, "big").hex() if number else new_span_id()


def new_ids() -> Tuple[str, str]:
    """Return a trace id, 32 lowercase hex digits, and a span id, random in every bit, never all zero.

    So a trace that starts here may set the level 2 `random` flag.
    """
    if not _seeded_here[0]:
        _seed()
    trace, span = _getrandbits(128), _getrandbits(64)
    if not (trace and span):
        return new_ids()
    return trace.to_bytes(16, "big").hex(), span.to_bytes(8, "big").hex()


def _seed() -> None:
    """Part from the process that this one was forked from."""
    # In this order: another thread goes on as soon as it sees the mark.
    _random.seed()
    _seeded_here[0] = 1
