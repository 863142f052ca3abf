"""The order of releases and Pythons, as a reader expects it."""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, Iterable, Optional, Tuple

from packaging.version import InvalidVersion, Version

from matrix_results.causes.natural_order import natural


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
