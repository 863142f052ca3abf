"""One suite: generated anew, and where that changed something its cells run, its commit made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Tuple, Union

import msgspec
from packaging.version import Version

from matrix_results import ResultsError, Run, Suite
from matrix_updates import locks
from matrix_updates.configuration import Configuration
from matrix_updates.errors import PantsFailed
from matrix_updates.prepare import results, support_rows
from matrix_updates.prepare.index_facts import Index
from matrix_updates.prepare.pants import Done, Pants
from matrix_updates.prepare.worktree import Worktree
from matrix_updates.proposal import bisect_answer, samples
from matrix_updates.proposal.advisories import Pin
from matrix_updates.proposal.model import (
    CellResult,
    Facts,
    FirstBad,
    Repin,
    SampleChange,
    UnitChange,
)
from matrix_updates.proposal.samples import SuiteState
from matrix_updates.text import last_lines, one_line
from matrix_updates.units import Unit


@dataclass(frozen=True)
class Made:
    """A unit's commit, and the pins of its locks before and after."""

    change: UnitChange
    before: Tuple[Pin, ...]
    after: Tuple[Pin, ...]


@dataclass(frozen=True)
class Current:
    """There is nothing to change; the pins that are held."""

    pins: Tuple[Pin, ...]


@dataclass(frozen=True)
class Failed:
    """Why there is no commit."""

    told: str


Outcome = Union[Made, Current, Failed]


@dataclass(frozen=True)
class Workshop:
    """What steps work with."""

    worktree: Worktree
    pants: Pants
    configuration: Configuration
    index: Index


def update_suite(
    shop: Workshop, unit: Unit, urgent: Tuple[str, ...] = (), *, refresh: bool = False
) -> Outcome:
    """Generates a suite in the worktree, and commits what changed with what its cells did.

    `urgent` are projects whose pins have an advisory that some release mends: they need not cool
    down. `refresh` takes all pins of the suite anew, which it is otherwise only for news of its own.
    """
    before = samples.read(shop.worktree.files_in(unit.path))
    generated = shop.pants.run(
        *(f"--version-matrix-cooldown-exempt=+['{project}']" for project in urgent),
        "generate-matrix",
        *(["--upgrade"] if refresh else []),
        unit.name,
    )
    changed = shop.worktree.changed()
    strange = next((path for path in changed if not unit.may_hold(path)), None)
    if strange is not None:
        return Failed(f"`{generated.command}` changed {strange}, which is not generated")
    if not changed:
        if generated.status != 0:
            return Failed(
                f"`{generated.command}` ended with {generated.status}:\n{generated.said()}"
            )
        return Current(locks.all_pins(before.locks.values()))
    after = samples.read(shop.worktree.files_in(unit.path))
    problems = _unresolved(generated)
    cells: Tuple[CellResult, ...] = ()
    first_bad: Tuple[FirstBad, ...] = ()
    try:
        run, status, said = results.run_cells(shop.pants, unit.name, unit.name)
        suite = results.suite_of(run, unit.name)
        if suite is None:
            raise PantsFailed("the report of its cells does not have the suite")
        cells = results.cells(suite)
        if status != 0 and all(cell.status in ("passed", "known-failure") for cell in cells):
            problems = (*problems, f"`test` ended with {status} though no cell is red: {said}")
        first_bad = _first_bad(shop.pants, results.cell_to_bisect(suite))
        problems = (*problems, *_write_support(shop, unit, run, suite))
    except PantsFailed as error:
        problems = (*problems, str(error))
    changes = samples.changes(before, after)
    if not _leaves_alone(shop, unit):
        return Failed("its tests changed files of the repository, so that nothing can be committed")
    commit = shop.worktree.commit(_message(unit, changes))
    return Made(
        UnitChange(
            kind="suite",
            name=unit.name,
            title=unit.title,
            commit=commit,
            samples=_with_facts(changes, unit, before, shop.index),
            repins=repins(before.locks, after.locks, shop.index),
            cells=cells,
            first_bad=first_bad,
            problems=tuple(last_lines(each) for each in problems),
        ),
        before=locks.all_pins(before.locks.values()),
        after=locks.all_pins(after.locks.values()),
    )


def repins(before: Mapping[str, str], after: Mapping[str, str], index: Index) -> Tuple[Repin, ...]:
    """What moved in the locks that both states have, with what the index says of it."""
    return tuple(
        Repin(
            project=move.project,
            before=move.before,
            after=move.after,
            locks=move.locks,
            facts=_facts_of_move(move.project, move.before, move.after, index),
        )
        for move in locks.moves(before, after)
    )


def _facts_of_move(
    project: str, before: Tuple[str, ...], after: Tuple[str, ...], index: Index
) -> Facts:
    if not after:
        return Facts()
    facts = index.facts(project, after[-1])
    return succeeding(facts, index.facts(project, before[-1])) if before else facts


def succeeding(facts: Facts, before: Facts) -> Facts:
    """The facts of a release, with who published the one before it if that was another.

    One that is not attested any more counts as another, and one whose attestation was not looked at
    as nobody.
    """
    known = facts.attested in ("holds", "none") and before.attested == "holds"
    changed = known and facts.publisher != before.publisher
    return msgspec.structs.replace(facts, was_by=before.publisher) if changed else facts


def _unresolved(generated: Done) -> Tuple[str, ...]:
    if generated.status == 0:
        return ()
    return (f"`{generated.command}` ended with {generated.status}:\n{generated.said()}",)


def _first_bad(pants: Pants, cell: Optional[str]) -> Tuple[FirstBad, ...]:
    if cell is None:
        return ()
    asked = pants.run("bisect-matrix", "--format=json", cell)
    return (bisect_answer.read(cell, asked.status, asked.output, asked.errors),)


def _write_support(shop: Workshop, unit: Unit, run: Run, suite: Suite) -> Tuple[str, ...]:
    """Writes the suite's row into the pages that count it; returns what kept it from that."""
    problems = []
    for page in shop.configuration.support_tables:
        path = shop.worktree.folder / page
        if not support_rows.concerns(page, unit.name) or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode("utf-8")
            path.write_bytes(support_rows.with_row(text, run, suite).encode())
        except (ResultsError, UnicodeDecodeError) as error:
            problems.append(f"the support table of {page} was not updated: {one_line(str(error))}")
    return tuple(problems)


def _leaves_alone(shop: Workshop, unit: Unit) -> bool:
    pages = set(shop.configuration.support_tables)
    return all(unit.may_hold(path) or path in pages for path in shop.worktree.changed())


def _with_facts(
    changes: Tuple[SampleChange, ...], unit: Unit, before: SuiteState, index: Index
) -> Tuple[SampleChange, ...]:
    project = unit.project
    if project is None:
        return changes
    return tuple(
        change if change.effect == "removed" else _completed(change, project, before, index)
        for change in changes
    )


def _completed(
    change: SampleChange, project: str, before: SuiteState, index: Index
) -> SampleChange:
    """What was recorded when it was sampled counts, whatever the index says today."""
    version = change.version.partition("@")[0]
    facts = index.facts(project, version)
    previous = _release_before(version, before) if change.effect == "added" else None
    if previous is not None:
        facts = succeeding(facts, index.facts(project, previous))
    uploaded = change.facts.uploaded or facts.uploaded
    return msgspec.structs.replace(change, facts=msgspec.structs.replace(facts, uploaded=uploaded))


def _release_before(version: str, before: SuiteState) -> Optional[str]:
    """The newest release that was tested, below this one."""
    try:
        releases = sorted({Version(name.partition("@")[0]) for name in before.samples})
        return str(max(each for each in releases if each < Version(version)))
    except ValueError:
        return None


def _message(unit: Unit, changes: Tuple[SampleChange, ...]) -> str:
    title = one_line(unit.title, 60)
    added = [one_line(change.version, 40) for change in changes if change.effect == "added"]
    removed = [one_line(change.version, 40) for change in changes if change.effect == "removed"]
    told = [
        *([f"adds {', '.join(added)}"] if added else []),
        *([f"drops {', '.join(removed)}"] if removed else []),
    ]
    effect = f": {'; '.join(told)}" if told else ""
    return f"Update what is tested of {title}{effect}"
