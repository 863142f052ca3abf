"""Tells at the end of a run what failed: each cause once, where nothing scrolls it away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Callable, Iterable, Sequence

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
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix.causes.carried import address_of, causes_of
from version_matrix.causes.requests import ENDED, CellEnd, NotedEnd
from version_matrix.stanza.addresses import from_root

logger = logging.getLogger(__name__)


@rule(desc="Note how a cell ended", level=LogLevel.DEBUG)
async def note_end(request: CellEnd, _: RunId) -> NotedEnd:
    return NotedEnd(request)


def closing_texts(ended: Sequence[CellEnd], run: Callable[[str], str]) -> list[str]:
    """The whole output of one cell for each cause, as far as it was held back, then the table."""
    if not any(end.failures for end in ended):
        return []
    causes = causes_of(ended, run)
    held = {address_of(end): end.held for end in ended}
    texts = [
        f"{whole.address} failed{_alike(whole.alike)}:\n{held[whole.address].rstrip()}\n"
        for whole in causes.whole
        if held[whole.address]
    ]
    return [*texts, causes.table] if causes.table else texts


def _alike(addresses: tuple[str, ...]) -> str:
    """The other cells in a line, the target of each once."""
    if not addresses:
        return ""
    target = addresses[0].partition("#")[0]
    names = " ".join(f"#{address.partition('#')[2]}" for address in addresses)
    return f", and {pluralize(len(addresses), 'cell')} like it: {target}{names}"


class ClosingTable(WorkunitsCallback):
    """Gathers how the cells of one run ended."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str, str, str], CellEnd] = {}

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
            end = workunit.get("metadata", {}).get(ENDED)
            if end is not None:
                self._ended[end.suite, end.version, end.python] = end
        if finished:
            ended = tuple(self._ended.values())
            for text in closing_texts(ended, _command):
                logger.log(_level(ended), text)


def _level(ended: Iterable[CellEnd]) -> int:
    """What fails in trials alone is no error."""
    broken = any(end.failures and not (end.expected or end.trial) for end in ended)
    return logging.ERROR if broken else logging.WARNING


def _command(address: str) -> str:
    return f"{bin_name()} test {from_root(address)}"


@dataclass(frozen=True)
class ClosingTableRequest:
    """Makes Pants ask for the callback."""


@rule
async def closing_table_callback(_: ClosingTableRequest) -> WorkunitsCallbackFactory:
    return WorkunitsCallbackFactory(ClosingTable)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(WorkunitsCallbackFactoryRequest, ClosingTableRequest),
    )
