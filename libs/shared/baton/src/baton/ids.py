"""Random identifiers of traces and spans."""

import os
import random

# A generator of its own, which an application's `random.seed()` does not reach; seeded by the
# kernel. Asking the kernel for every identifier would be a third of the cost of a request.
_random = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def new_trace_id() -> str:
    """Return 32 lowercase hex digits, random in every bit and never all zero.

    Every bit is random, so a trace that starts here may set the level 2 `random` flag.
    """
    return f"{_nonzero(128):032x}"


def new_span_id() -> str:
    """Return 16 lowercase hex digits, random in every bit and never all zero."""
    return f"{_nonzero(64):016x}"


def _nonzero(bits: int) -> int:
    return _random.getrandbits(bits) or _nonzero(bits)
