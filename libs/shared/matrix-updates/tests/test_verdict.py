"""What keeps a proposal from being ready."""

from __future__ import annotations

import pytest

from matrix_updates.proposal.model import CellResult, Proposal, UnitChange
from matrix_updates.proposal.verdict import is_ready, red_cells

COMMIT = "c" * 40


def cell(version: str, python: str, status: str = "passed", *, trial: bool = False) -> CellResult:
    about = {"version": version, "python": python, "tier": "latest", "status": status}
    return CellResult(trial=trial, **about)  # type: ignore[arg-type]


PASSED = cell("0.28.1", "3.12")


@pytest.mark.parametrize(
    ("other", "red"),
    [
        (cell("0.28.1", "3.13"), False),
        (cell("0.28.1", "3.13", "known-failure"), False),
        (cell("0.28.1", "3.13", "failed"), True),
        (cell("0.28.1", "3.13", "unresolvable"), True),
        (cell("0.28.1", "3.13", "not-run"), True),
        # Nobody promised anything of a Python that the release does not claim.
        (cell("0.28.1", "3.15", "failed", trial=True), False),
    ],
)
def test_a_red_cell_keeps_a_proposal_from_being_ready_but_not_a_trial(
    other: CellResult, red: bool
) -> None:
    changed = UnitChange(
        kind="suite", name="a:matrix", title="httpx", commit=COMMIT, cells=(PASSED, other)
    )
    offered = Proposal(name="httpx-1a2b3c4d", base=COMMIT, head=COMMIT, units=(changed,))
    assert is_ready(offered, ()) is not red
    assert red_cells(changed) == ((other,) if red else ())
