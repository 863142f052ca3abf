"""What crosses the rules that tell what was left out."""

from __future__ import annotations

import dataclasses
import logging
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
class Remark:
    """What the last lines say of a cell or a test: `how` it fared, and what may be done about that.

    `address` as one types it, `kind` in the singular, `level` of the log.
    """

    address: str
    kind: str
    how: str
    mend: str
    level: int


@dataclass(frozen=True)
class NotRun:
    """A test that lacks something."""

    address: str
    kind: str
    lack: Lack

    @property
    def remark(self) -> Remark:
        level = logging.ERROR if self.lack.is_error else logging.WARNING
        how = f"not run for want of {self.lack.what}"
        return Remark(self.address, self.kind, how, self.lack.mend, level)


@dataclass(frozen=True)
class Told(EngineAwareReturnType):
    """That something is to be remarked is noted in the run's workunits."""

    remark: Remark

    def cacheable(self) -> bool:
        # Noted in every run, be it the same as the one before.
        return False

    def metadata(self) -> dict[str, Any]:
        return {NOTED: dataclasses.asdict(self.remark)}


NOTED = "version-matrix-remark"
