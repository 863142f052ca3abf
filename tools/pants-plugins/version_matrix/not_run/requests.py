"""What crosses the rules that tell what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from pants.engine.engine_aware import EngineAwareReturnType

# What says of CI's variable that this is none.
_NO = ("", "0", "false")


def is_ci(env: Mapping[str, str]) -> bool:
    """Whether the environment says that this is CI, where what is left out must not look tested."""
    return env.get("CI", "").lower() not in _NO


@dataclass(frozen=True)
class Lack:
    """Something that the machine does not have, what brings it, and whether that is an error."""

    what: str
    mend: str
    is_error: bool


@dataclass(frozen=True)
class NotRun:
    """A test that lacks something. `address` as one types it, `kind` in the singular."""

    address: str
    kind: str
    lack: Lack


@dataclass(frozen=True)
class Told(EngineAwareReturnType):
    """That a test was left out is noted in the run's workunits."""

    not_run: NotRun

    def cacheable(self) -> bool:
        # Noted in every run, be it the same as the one before.
        return False

    def metadata(self) -> dict[str, Any]:
        return {
            NOTED: {
                "address": self.not_run.address,
                "kind": self.not_run.kind,
                "what": self.not_run.lack.what,
                "mend": self.not_run.lack.mend,
                "is_error": self.not_run.lack.is_error,
            }
        }


NOTED = "version-matrix-not-run"
