"""Whether this is still the process that it was, found out for a few nanoseconds."""

import mmap
import os
from typing import Any, Union

# `mmap` has no name for it before Python 3.13.
_WIPE_ON_FORK = 18


class _ByNumber:
    """What a mark is where the kernel wipes none: a system call each time it is read."""

    def __init__(self) -> None:
        self._number = os.getpid()

    def __getitem__(self, place: int) -> int:
        return int(self._number == os.getpid())

    def __setitem__(self, place: int, value: int) -> None:
        self._number = os.getpid()


Mark = Union[mmap.mmap, _ByNumber]
"""`mark[0]` is 1 where it was set, and 0 in every process that was forked from there since."""


def mark() -> Mark:
    """Return a mark of this process.

    Read for every identifier, because `os.register_at_fork` is silent where a server forks by itself,
    as uWSGI does. Linux 4.14 and later wipe the page for us (madvise(2), MADV_WIPEONFORK); asking for
    the process' number would be a tenth of the cost of a request.
    """
    module: Any = mmap
    try:
        page: mmap.mmap = module.mmap(
            -1, mmap.PAGESIZE, flags=module.MAP_PRIVATE | module.MAP_ANONYMOUS
        )
        page.madvise(_WIPE_ON_FORK)
    except (AttributeError, OSError, TypeError):
        return _ByNumber()
    page[0] = 1
    return page
