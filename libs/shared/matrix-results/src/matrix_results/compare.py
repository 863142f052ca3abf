"""What changed between two runs."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from matrix_results.model import Cell, Run, Status, Suite


class Kind(str, enum.Enum):
    """What a change means to a reader, gravest first."""

    BROKEN = "broken"
    MENDED = "mended"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Change:
    """A cell whose status differs; a status is None where the run has no such cell."""

    suite: Suite
    cell: Cell
    before: Optional[Status]
    after: Optional[Status]

    @property
    def kind(self) -> Kind:
        """What it means: a cell that is new and fails is broken, not just added; a trial never is."""
        if self.after is None:
            return Kind.REMOVED
        if self.cell.broken:
            return Kind.BROKEN
        if self.before is None:
            return Kind.ADDED
        if self.before in _BROKEN and self.after is Status.PASSED and not self.cell.trial:
            return Kind.MENDED
        return Kind.CHANGED

    @property
    def position(self) -> int:
        """The rank of its kind, gravest first."""
        return list(Kind).index(self.kind)

    @property
    def address(self) -> str:
        """The cell's address."""
        return self.suite.address_of(self.cell)

    @property
    def told(self) -> str:
        """`failed, was passed`, and of a trial that it is one."""
        trial = " (trial)" if self.cell.trial else ""
        if self.before is None:
            return f"{self.after.label if self.after else 'nothing'}, is new{trial}"
        return f"{self.after.label if self.after else 'gone'}, was {self.before.label}{trial}"


_BROKEN = (Status.FAILED, Status.UNRESOLVABLE)


def compare(before: Run, after: Run) -> Tuple[Change, ...]:
    """The cells whose status differs, gravest first, then in the order of the runs.

    A suite that a partial run lacks is neither new nor gone: nothing is known of it there.
    """
    old = _by_address(before, after)
    new = _by_address(after, before)
    changes = [
        Change(suite, cell, old[address][1].status if address in old else None, cell.status)
        for address, (suite, cell) in new.items()
        if address not in old or old[address][1].status is not cell.status
    ]
    changes += [
        Change(suite, cell, cell.status, None)
        for address, (suite, cell) in old.items()
        if address not in new
    ]
    return tuple(sorted(changes, key=lambda change: change.position))


def _by_address(run: Run, other: Run) -> Dict[str, Tuple[Suite, Cell]]:
    """The cells of a run that can be compared with another."""
    known = {suite.address for suite in other.suites}
    return {
        suite.address_of(cell): (suite, cell)
        for suite, cell in run.cells()
        if not other.other_suites or suite.address in known
    }
