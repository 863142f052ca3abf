"""Logs how far a run is: every half minute, and more often to somebody who sits before a terminal."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Callable, Iterable

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
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from version_matrix.progress.requests import COUNTED, Counted, Step
from version_matrix.progress.tally import Tally

logger = logging.getLogger(__name__)

_IN_A_LOG = 30.0
_ON_A_TERMINAL = 10.0


@rule(level=LogLevel.DEBUG)
async def count(step: Step, _: RunId) -> Counted:
    return Counted(step)


class ProgressLines(WorkunitsCallback):
    """Is called about once a second, whether or not anything has happened."""

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tally = Tally(every, clock())

    @property
    def can_finish_async(self) -> bool:
        return True

    def __call__(
        self,
        *,
        started_workunits: tuple[Workunit, ...],
        completed_workunits: tuple[Workunit, ...],
        finished: bool,
        context: StreamingWorkunitContext,
    ) -> None:
        for workunit in completed_workunits:
            counted = workunit.get("metadata", {}).get(COUNTED)
            if counted:
                self._tally.add(Step(**counted))
        line = None if finished else self._tally.line(self._clock())
        if line:
            logger.info(line)


@dataclass(frozen=True)
class ProgressLinesRequest:
    """Makes Pants ask for the callback."""


@rule
async def progress_lines_callback(
    _: ProgressLinesRequest, options: GlobalOptions
) -> WorkunitsCallbackFactory:
    every = _ON_A_TERMINAL if options.dynamic_ui else _IN_A_LOG
    return WorkunitsCallbackFactory(lambda: ProgressLines(every))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(WorkunitsCallbackFactoryRequest, ProgressLinesRequest),
    )
