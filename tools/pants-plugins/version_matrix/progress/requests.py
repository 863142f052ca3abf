"""What crosses the rules that tell how far a run is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from pants.engine.engine_aware import EngineAwareReturnType


@dataclass(frozen=True)
class Step:
    """So many of a kind (in the singular) are ahead, or done. `name` tells steps of a kind apart."""

    kind: str
    name: str
    ahead: int = 0
    done: int = 0


@dataclass(frozen=True)
class Counted(EngineAwareReturnType):
    """That a step was made is noted in the run's workunits."""

    step: Step

    def cacheable(self) -> bool:
        # Each run counts anew.
        return False

    def metadata(self) -> dict[str, Any]:
        return {COUNTED: dataclasses.asdict(self.step)}


COUNTED = "version-matrix-step"
