"""Tells at the end of a run what was left out, where nothing scrolls it away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Iterable, Mapping

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

from version_matrix.not_run.requests import NOTED, Lack, NotRun, Told

logger = logging.getLogger(__name__)


@rule(desc="Note what is not run", level=LogLevel.DEBUG)
async def note(request: NotRun, _: RunId) -> Told:
    return Told(request)


def closing_lines(not_run: Iterable[NotRun]) -> list[tuple[int, str]]:
    """Level and text of a line for each thing that is missing."""
    by_lack: dict[tuple[Lack, str], set[str]] = {}
    for each in not_run:
        by_lack.setdefault((each.lack, each.kind), set()).add(each.address)
    return [
        (
            logging.ERROR if lack.is_error else logging.WARNING,
            f"{pluralize(len(addresses), kind)} not run for want of {lack.what}: "
            f"{_by_target(addresses)}. {lack.mend}",
        )
        for (lack, kind), addresses in sorted(
            by_lack.items(), key=lambda item: (item[0][0].what, item[0][1])
        )
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
        self._not_run: set[NotRun] = set()

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
                self._not_run.add(_not_run(noted))
        if finished:
            for level, line in closing_lines(self._not_run):
                logger.log(level, line)


def _not_run(noted: Mapping[str, Any]) -> NotRun:
    lack = Lack(noted["what"], noted["mend"], noted["is_error"])
    return NotRun(noted["address"], noted["kind"], lack)


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
