"""Whether a proposal is green. Pure."""

from __future__ import annotations

from typing import Iterable, Tuple

from matrix_updates.proposal.model import CellResult, Proposal, UnitChange

_FINE = frozenset({"passed", "known-failure"})


def is_ready(proposal: Proposal, not_blocking: Iterable[str]) -> bool:
    """Whether everything that blocks is green: what did not run proves nothing, and is not."""
    return not any(red_units(proposal, not_blocking))


def red_units(proposal: Proposal, not_blocking: Iterable[str]) -> Tuple[UnitChange, ...]:
    """The units that keep a proposal from being ready."""
    tiers = frozenset(not_blocking)
    return tuple(unit for unit in proposal.units if _is_red(unit, tiers))


def red_cells(unit: UnitChange) -> Tuple[CellResult, ...]:
    """The cells that are not as they should be, whatever their tier; of trials nothing is promised."""
    return tuple(cell for cell in unit.cells if cell.status not in _FINE and not cell.trial)


def _is_red(unit: UnitChange, not_blocking: frozenset[str]) -> bool:
    blocking = [cell for cell in unit.cells if cell.tier not in not_blocking and not cell.trial]
    return bool(
        unit.problems
        or any(not check.passed for check in unit.checks)
        or any(cell.status not in _FINE for cell in blocking)
        # A suite without a result is no evidence, and neither is a lock that nothing looked at.
        or not (unit.cells or unit.checks)
    )
