"""From the planned cells and their outcomes to a run: what may be said of each cell."""

from __future__ import annotations

import datetime
from typing import Dict, Iterable, Mapping, Optional, Tuple

from matrix_results.causes.symptom import shortened
from matrix_results.junit import Outcome
from matrix_results.locks import known_locks
from matrix_results.model import Cell, Run, Status, Suite
from matrix_results.plan import Plan, PlannedCell


def collect(
    plan: Plan,
    outcomes: Mapping[str, Outcome],
    *,
    made_at: datetime.datetime,
    commit: Optional[str] = None,
) -> Run:
    """The run: every planned cell with the outcome (file name -> outcome) that is known of it.

    A cell without one was not run, whatever its neighbours did; an outcome without a cell is left
    out. `made_at` (with a time zone) also decides, in UTC, which known failures are past their
    date.
    """
    today = made_at.astimezone(datetime.timezone.utc).date()
    return Run(
        made_at=made_at,
        commit=commit,
        suites=tuple(
            Suite(
                address=suite.address,
                package=suite.package,
                as_of=suite.as_of,
                snapshot=suite.snapshot,
                problem=suite.problem,
                cells=tuple(
                    _cell(cell, outcomes.get(cell.results), today=today) for cell in suite.cells
                ),
                verdicts=suite.verdicts,
                uncovered=suite.uncovered,
            )
            for suite in plan.suites
        ),
        other_suites=plan.other_suites,
        locks=known_locks((cell.lock for suite in plan.suites for cell in suite.cells), plan.locks),
    )


def _cell(planned: PlannedCell, outcome: Optional[Outcome], *, today: datetime.date) -> Cell:
    status, reason = _verdict(planned, outcome, today)
    ran = outcome if status not in (Status.NOT_RUN, Status.UNRESOLVABLE) else None
    return Cell(
        version=planned.version,
        tier=planned.tier,
        python=planned.python,
        status=status,
        reason=shortened(reason),
        tests=ran.tests if ran else 0,
        failed=ran.failed if ran else 0,
        skipped=ran.skipped if ran else 0,
        seconds=ran.seconds if ran else None,
        ran_at=ran.ran_at if ran else None,
        lock=planned.lock,
        failures=ran.failures if ran else (),
        trial=planned.trial,
    )


def _verdict(
    planned: PlannedCell, outcome: Optional[Outcome], today: datetime.date
) -> Tuple[Status, str]:
    """The status of a cell, and what must be said beside its tests."""
    if planned.problem:
        return Status.UNRESOLVABLE, planned.problem
    if outcome is None:
        return Status.NOT_RUN, "No result: it was not asked for, or ended before it could tell."
    if outcome.lock is not None and planned.lock and outcome.lock != planned.lock:
        return Status.NOT_RUN, "Its last result is of another lock."
    if outcome.not_started:
        # No listed failure covers it: that is about tests.
        return (Status.FAILED if outcome.failed else Status.NOT_RUN), outcome.not_started
    narrowed = outcome.selection and f"Only a selection of its tests ran: {outcome.selection}"
    if outcome.tests == outcome.skipped:
        skipped = f"all {outcome.tests} were skipped" if outcome.tests else "none was collected"
        return Status.NOT_RUN, f"No test ran: {skipped}."
    if narrowed and outcome.passed:
        # It proves neither a pass nor that a known failure is none.
        return Status.NOT_RUN, narrowed
    known = planned.known_failure
    if known is None:
        return (Status.PASSED if outcome.passed else Status.FAILED), narrowed
    if outcome.passed:
        return Status.FAILED, f"It passes, but is listed as a known failure: {known.reason}"
    if known.until is not None and today > known.until:
        return Status.FAILED, f"Known failure, but only until {known.until}: {known.reason}"
    until = f" (until {known.until})" if known.until else ""
    return Status.KNOWN_FAILURE, f"{known.reason}{until}"


def merge(runs: Iterable[Run]) -> Run:
    """One run of several shards of one matrix: of each cell the latest result.

    Which suites and cells there are, and the commit, is what the newest run says; if that is
    partial, others of the same commit say it of the suites that it lacks. A cell that ran with the
    same lock in any of the shards has run. Raises `ValueError` without a run.
    """
    ordered = sorted(runs, key=lambda run: run.made_at)
    if not ordered:
        raise ValueError("there is no run to merge")
    newest = ordered[-1]
    best: Dict[Tuple[str, Tuple[str, str]], Cell] = {}
    for run in ordered:
        for suite, cell in run.cells():
            key = suite.address, cell.key
            known = best.get(key)
            if known is None or _weight(cell) >= _weight(known):
                best[key] = cell
    tellers = [
        run
        for run in ordered
        if run is newest or (newest.other_suites and run.commit == newest.commit)
    ]
    planned = {suite.address: suite for run in tellers for suite in run.suites}
    suites = tuple(_with_cells(suite, best) for suite in planned.values())
    return Run(
        made_at=newest.made_at,
        commit=newest.commit,
        suites=suites,
        other_suites=max(newest.all_suites - len(suites), 0),
        # Whichever shard a result is from, its lock is one that these runs name.
        locks=known_locks(
            (cell.lock for suite in suites for cell in suite.cells),
            {digest: pins for run in tellers for digest, pins in run.locks.items()},
        ),
    )


def _with_cells(suite: Suite, best: Mapping[Tuple[str, Tuple[str, str]], Cell]) -> Suite:
    return Suite(
        address=suite.address,
        package=suite.package,
        as_of=suite.as_of,
        snapshot=suite.snapshot,
        problem=suite.problem,
        cells=tuple(
            found if (found := best[suite.address, cell.key]).lock == cell.lock else cell
            for cell in suite.cells
        ),
        verdicts=suite.verdicts,
        uncovered=suite.uncovered,
    )


_NEVER = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)


def _weight(cell: Cell) -> Tuple[bool, datetime.datetime]:
    return cell.status is not Status.NOT_RUN, cell.ran_at or _NEVER
