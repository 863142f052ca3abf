"""Whether there is room for locks: the engine writes in place, so that a full disk would empty them."""

from __future__ import annotations

import shutil
from typing import Callable

# Bytes: more than all locks of a run have together.
FREE = 32_000_000


def _free(folder: str) -> int:
    return shutil.disk_usage(folder).free


def no_room(folder: str, free: Callable[[str], int] = _free) -> str | None:
    """What to say where the disk of a folder is as good as full; None where it is not."""
    left = free(folder)
    if left >= FREE:
        return None
    return f"No space left on the disk of {folder}: {left:,} bytes, and {FREE:,} are wanted."
