"""What the JSON API answers: the types that its OpenAPI document is made of."""

from __future__ import annotations

import datetime

from pydantic import BaseModel

from compat_board.read.history import Break, RunInfo, RunSummary, Standing, SuiteRun
from compat_board.read.views import CellPage, Package, PackageRow
from matrix_results import Cell, Status
from matrix_results.causes import Finding


class RunAnswer(BaseModel):
    """A run: when it was made, and of which commit; `partial` if of a part of the matrix."""

    identity: str
    made_at: datetime.datetime
    commit: str | None
    partial: bool

    @classmethod
    def of(cls, run: RunInfo) -> RunAnswer:
        """From the board's own type."""
        return cls(
            identity=run.identity, made_at=run.made_at, commit=run.commit, partial=run.partial
        )


class RunSummaryAnswer(RunAnswer):
    """A run, and how many cells have each status."""

    counts: dict[Status, int]

    @classmethod
    def of_summary(cls, summary: RunSummary | SuiteRun) -> RunSummaryAnswer:
        """From the board's own type."""
        return cls(**RunAnswer.of(summary.run).model_dump(), counts=dict(summary.counts))


class PackageAnswer(BaseModel):
    """A suite in its latest state. `newest` is the newest tested release, `works` the newest that
    passes; `gone` says that the suite has left the matrix. `trials` are counted apart."""

    name: str
    address: str
    package: str | None
    status: Standing
    newest: str | None
    works: str | None
    counts: dict[Status, int]
    trials: dict[Status, int]
    problem: str
    gone: bool
    run: RunAnswer

    @classmethod
    def of(cls, row: PackageRow) -> PackageAnswer:
        """From the board's own type."""
        return cls(
            name=row.name,
            address=row.suite.address,
            package=row.suite.package,
            status=row.standing,
            newest=row.newest[0].version if row.newest else None,
            works=row.works,
            counts={status: count for status, count in row.counts.items() if count},
            trials={status: count for status, count in row.trials.items() if count},
            problem=row.suite.problem,
            gone=row.gone,
            run=RunAnswer.of(row.state.run),
        )


class CellAnswer(BaseModel):
    """A release on a Python, as the latest run found it; a `trial` if it does not claim the Python."""

    version: str
    python: str
    tier: str
    status: Status
    reason: str
    tests: int
    failed: int
    skipped: int
    seconds: float | None
    ran_at: datetime.datetime | None
    lock: str
    trial: bool

    @classmethod
    def of(cls, cell: Cell) -> CellAnswer:
        """From the result model."""
        told = {field: getattr(cell, field) for field in CellAnswer.model_fields}
        return cls(**{**told, "trial": bool(cell.trial)})


class BreakAnswer(BaseModel):
    """From `first_bad` to `last_bad`, the newest tested there, nothing works on these Pythons;
    `between` the last good one and the first bad one was not tested."""

    pythons: list[str]
    first_bad: str
    last_bad: str
    last_good: str | None
    between: list[str]

    @classmethod
    def of(cls, found: Break) -> BreakAnswer:
        """From the board's own type."""
        return cls(
            pythons=list(found.pythons),
            first_bad=found.first_bad,
            last_bad=found.last_bad,
            last_good=found.last_good,
            between=list(found.between),
        )


class FailureGroupAnswer(BaseModel):
    """Equal failures of `tests`: the `type` of the error, its first line, and the last `place` in
    our own code that it came through; `more` tests may fail so where not all failures are known."""

    tests: list[str]
    more: bool
    type: str
    error: str
    place: str


class FindingAnswer(BaseModel):
    """What fails in the same cells: what it `hits` and `spares`, the release that it likely began
    with, and the cell that is worth looking at."""

    cells: list[str]
    hits: str
    spares: str
    first: str | None
    look_at: str
    trials: bool
    groups: list[FailureGroupAnswer]

    @classmethod
    def of(cls, found: Finding) -> FindingAnswer:
        """From the type of matrix-results."""
        return cls(
            cells=list(found.addresses),
            hits=found.hits,
            spares=found.spares,
            first=found.since or None,
            look_at=found.look_at,
            trials=found.trials,
            groups=[
                FailureGroupAnswer(
                    tests=list(group.tests),
                    more=group.more,
                    type=group.symptom.kind,
                    error=group.error,
                    place=group.symptom.place,
                )
                for group in found.groups
            ],
        )


class PackageDetailAnswer(PackageAnswer):
    """A suite with its cells, what fails, from where on it breaks, why its other releases are not
    tested, and its latest runs, newest first."""

    cells: list[CellAnswer]
    failures: list[FindingAnswer]
    breaks: list[BreakAnswer]
    verdicts: dict[str, str]
    uncovered: dict[str, str]
    runs: list[RunSummaryAnswer]

    @classmethod
    def of_package(cls, view: Package) -> PackageDetailAnswer:
        """From the board's own type."""
        suite = view.row.suite
        return cls(
            **PackageAnswer.of(view.row).model_dump(),
            cells=[CellAnswer.of(cell) for cell in suite.cells],
            failures=[FindingAnswer.of(found) for found in view.failures],
            breaks=[BreakAnswer.of(found) for found in view.breaks],
            verdicts=suite.verdicts,
            uncovered=suite.uncovered,
            runs=[RunSummaryAnswer.of_summary(summary) for summary in view.runs],
        )


class FailureAnswer(BaseModel):
    """A test that failed, and what pytest wrote about it."""

    test: str
    text: str


class StreakAnswer(BaseModel):
    """Runs in a row with one status and one lock."""

    status: Status
    lock: str
    first: RunAnswer
    last: RunAnswer
    count: int


class PinChangeAnswer(BaseModel):
    """A project whose pins differ from those of the run that passed last."""

    project: str
    before: list[str]
    after: list[str]


class CellDetailAnswer(CellAnswer):
    """A cell with its failures and its history, newest first. `last_green` is the run in which it
    passed last, if it does not pass now, `lock_changes` what differs from then, null if unknown."""

    run: RunAnswer
    since: RunAnswer | None
    failures: list[FailureAnswer]
    history: list[StreakAnswer]
    last_green: RunAnswer | None
    lock_changes: list[PinChangeAnswer] | None

    @classmethod
    def of_page(cls, view: CellPage) -> CellDetailAnswer:
        """From the board's own type."""
        cell = view.result.cell
        return cls(
            **CellAnswer.of(cell).model_dump(),
            run=RunAnswer.of(view.result.run),
            since=RunAnswer.of(view.since) if view.since else None,
            failures=[FailureAnswer(test=f.test, text=f.text) for f in cell.failures],
            history=[
                StreakAnswer(
                    status=streak.status,
                    lock=streak.lock,
                    first=RunAnswer.of(streak.first),
                    last=RunAnswer.of(streak.last),
                    count=streak.count,
                )
                for streak in view.streaks
            ],
            last_green=RunAnswer.of(view.green.run) if view.green else None,
            lock_changes=(
                None
                if view.changes is None
                else [
                    PinChangeAnswer(
                        project=change.project, before=list(change.before), after=list(change.after)
                    )
                    for change in view.changes
                ]
            ),
        )
