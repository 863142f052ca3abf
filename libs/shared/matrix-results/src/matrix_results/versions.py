"""The order of releases and Pythons, as a reader expects it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict, Iterable, Optional, Tuple

from packaging.version import InvalidVersion, Version

_PARTS = re.compile(r"[0-9]{1,18}|[^0-9]+")


def natural(text: str) -> Tuple[Tuple[int, int, str], ...]:
    """A key by which `3.9` comes before `3.10`; any text has one."""
    return tuple(
        (1, int(part), "") if part.isascii() and part.isdigit() else (0, 0, part)
        for part in _PARTS.findall(text)
    )


@lru_cache(maxsize=10_000)
def release(version: str) -> Optional[Version]:
    """What places it among the releases of its package, by PEP 440; of `lowest` and the like None."""
    try:
        return Version(version)
    except InvalidVersion:
        return None


def pythons(found: Iterable[str]) -> Tuple[str, ...]:
    """Each Python once, ascending."""
    return tuple(sorted(set(found), key=natural))


def partners(version: str) -> Dict[str, str]:
    """The releases of further packages in the name of a combination, `3.16.0@django=5.2.1`, by package."""
    told = version.partition("@")[2]
    pairs = (part.partition("=") for part in told.split(",")) if told else ()
    return {package: other for package, _, other in pairs}
