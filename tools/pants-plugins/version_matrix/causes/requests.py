"""What crosses the rules that tell equal failures once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pants.engine.engine_aware import EngineAwareReturnType

ENDED = "version-matrix-cell-ended"


@dataclass(frozen=True)
class CellEnd:
    """How a cell ended: what failed in it (test, text), and what it printed if that is held back.

    An `expected` one is a known failure; a `trial` is on a Python that its release does not claim.
    """

    suite: str
    package: str
    version: str
    python: str
    failures: tuple[tuple[str, str], ...] = ()
    held: str = ""
    expected: bool = False
    trial: bool = False


@dataclass(frozen=True)
class NotedEnd(EngineAwareReturnType):
    """That a cell ended is noted in the run's workunits."""

    end: CellEnd

    def cacheable(self) -> bool:
        # Noted in every run, be it the same as the one before.
        return False

    def metadata(self) -> dict[str, Any]:
        return {ENDED: self.end}
