"""Tells at the end of a run what its list of results does not show, where nothing scrolls it away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Iterable

from pants.engine.internals.scheduler import Workunit
from pants.engine.internals.session import RunId
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.streaming_workunit_handler import (
    StreamingWorkunitContext,
    WorkunitsCallback,
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix.not_run.requests import NOTED, Remark, Told

logger = logging.getLogger(__name__)


@rule(desc="Note what the last lines say", level=LogLevel.DEBUG)
async def note(request: Remark, _: RunId) -> Told:
    return Told(request)


def closing_lines(remarks: Iterable[Remark]) -> list[tuple[int, str]]:
    """Level and text of a line for all that fared alike, the gravest last."""
    alike: dict[tuple[int, str, str, str], set[str]] = {}
    for each in remarks:
        alike.setdefault((each.level, each.how, each.kind, each.mend), set()).add(each.address)
    return [
        (level, f"{pluralize(len(found), kind)} {how}: {_by_target(found)}. {mend}".rstrip())
        for (level, how, kind, mend), found in sorted(alike.items())
    ]


def _by_target(addresses: Iterable[str]) -> str:
    """All addresses, the target of each once: `lib:matrix#1.0 #2.0, app:matrix#1.0`."""
    names: dict[str, list[str]] = {}
    for address in sorted(addresses):
        target, mark, name = address.partition("#")
        names.setdefault(target, []).append(f"{mark}{name}")
    return ", ".join(f"{target}{' '.join(found)}" for target, found in names.items())


class ClosingLines(WorkunitsCallback):
    """Gathers what rules have noted in one run."""

    def __init__(self) -> None:
        self._remarks: set[Remark] = set()

    @property
    def can_finish_async(self) -> bool:
        # It logs in its final call.
        return False

    def __call__(
        self,
        *,
        started_workunits: tuple[Workunit, ...],
        completed_workunits: tuple[Workunit, ...],
        finished: bool,
        context: StreamingWorkunitContext,
    ) -> None:
        for workunit in completed_workunits:
            noted = workunit.get("metadata", {}).get(NOTED)
            if noted:
                self._remarks.add(Remark(**noted))
        if finished:
            for level, line in closing_lines(self._remarks):
                logger.log(level, line)


@dataclass(frozen=True)
class ClosingLinesRequest:
    """Makes Pants ask for the callback."""


@rule
async def closing_lines_callback(_: ClosingLinesRequest) -> WorkunitsCallbackFactory:
    return WorkunitsCallbackFactory(ClosingLines)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(WorkunitsCallbackFactoryRequest, ClosingLinesRequest),
    )
