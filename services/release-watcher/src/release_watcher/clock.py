"""What time it is: asked through a function, so that a test may have another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of the system."""
    return datetime.now(timezone.utc)
