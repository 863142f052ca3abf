"""The whole of `prepare`: each group in turn, from the base branch to the folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from matrix_updates import locks, units
from matrix_updates.errors import GitFailed, PantsFailed
from matrix_updates.git import Git
from matrix_updates.prepare import output_folder, requirers
from matrix_updates.prepare.advisories import Advisories
from matrix_updates.prepare.held import held, withdrawn_of, withdrawn_pins
from matrix_updates.prepare.index_facts import Index
from matrix_updates.prepare.listing import listed_suites
from matrix_updates.prepare.lock_step import update_lock
from matrix_updates.prepare.pants import Pants
from matrix_updates.prepare.publishers import published
from matrix_updates.prepare.suite_step import Current, Failed, Made, Outcome, Workshop, update_suite
from matrix_updates.prepare.worktree import Worktree, worktree
from matrix_updates.proposal import advisories as compare
from matrix_updates.proposal.advisories import Pin
from matrix_updates.proposal.model import Held, Prepared, Problem, Proposal
from matrix_updates.repository import Base, all_units, generated_suites
from matrix_updates.text import last_lines, one_line
from matrix_updates.units import Unit


@dataclass(frozen=True)
class Wanted:
    """What is asked of a run: which units by pattern (all by default), and until when."""

    only: Tuple[str, ...] = ()
    deadline: Optional[float] = None
    clock: Callable[[], float] = time.monotonic

    def is_over(self) -> bool:
        return self.deadline is not None and self.clock() >= self.deadline

    def names(self, unit: Unit) -> bool:
        """Whether a unit is wanted, by its address, its package or its lock."""
        known = (unit.name, unit.title)
        return not self.only or any(fnmatchcase(name, p) for name in known for p in self.only)


@dataclass(frozen=True)
class World:
    """What `prepare` asks outside of the repository."""

    index: Index
    advisories: Advisories
    tell: Callable[[str], None]


def prepare(
    git: Git, branch: str, base: Base, output: Path, wanted: Wanted, world: World
) -> Prepared:
    """Makes the proposals of everything that changed, and writes their folder.

    Raises `UpdatesError` if nothing could be made; then nothing is written.
    """
    output_folder.check_free(output)
    with worktree(git, base.commit) as tree:
        pants = Pants(tree.folder, base.configuration.pants, tell=world.tell)
        try:
            return _Preparation(git, branch, base, tree, pants, wanted, world).run(output)
        finally:
            pants.stop()


@dataclass
class _Preparation:
    git: Git
    branch: str
    base: Base
    tree: Worktree
    pants: Pants
    wanted: Wanted
    world: World

    def run(self, output: Path) -> Prepared:
        failed = [*self._never_generated()]
        proposals: Dict[str, Proposal] = {}
        current: List[str] = []
        left_out: List[str] = []
        amiss: List[Held] = []
        pins: Set[Pin] = set()
        groups = units.grouped(all_units(self.git, self.base), self.base.configuration)
        for name, members in groups.items():
            # A group is one proposal: of a part of it the rest would be missing.
            if not any(map(self.wanted.names, members)):
                continue
            outcomes = self._outcomes(members)
            if outcomes is None:
                left_out += [unit.name for unit in members]
                continue
            failed += [
                Problem(unit=unit.name, told=last_lines(outcome.told))
                for unit, outcome in outcomes
                if isinstance(outcome, Failed)
            ]
            amiss += self._held(outcomes)
            pins.update(_pins(outcomes))
            proposal = self._proposal(name, outcomes)
            if proposal is not None:
                proposals[name] = proposal
            elif all(isinstance(outcome, Current) for _, outcome in outcomes):
                current.append(name)
        prepared = Prepared(
            base_branch=self.branch,
            base=self.base.commit,
            current=tuple(current),
            failed=tuple(failed),
            left_out=tuple(left_out),
            held=tuple(amiss),
            published=published(pins, self.world.index),
        )
        tiers = self.base.configuration.not_blocking
        return output_folder.write(output, prepared, proposals, self.git, tiers)

    def _never_generated(self) -> Tuple[Problem, ...]:
        """Suites that somebody has yet to generate and review: their first samples are no update."""
        addresses = {each.address for each in listed_suites(self.pants)}
        known = {unit.name for unit in generated_suites(self.git, self.base.commit)}
        missing = sorted(addresses - known)
        told = "its generated files are not on the base branch: generate, review and commit them"
        return tuple(
            Problem(unit=address, told=told)
            for address in missing
            if self.wanted.names(units.suite(address, None))
        )

    def _outcomes(self, members: Sequence[Unit]) -> Optional[List[Tuple[Unit, Outcome]]]:
        """What became of each unit of a group, one commit upon the other; None if time ran out."""
        outcomes: List[Tuple[Unit, Outcome]] = []
        at = self.base.commit
        for unit in members:
            if self.wanted.is_over():
                return None
            self.tree.reset(at)
            try:
                outcome = self._outcome(unit)
            except (PantsFailed, GitFailed, OSError) as error:
                outcome = Failed(str(error))
            except Exception as error:  # A fault of ours: it loses no other unit's work.
                told = f"unexpected {type(error).__name__}: {one_line(str(error), 300)}"
                outcome = Failed(f"{told}; please report this")
            if isinstance(outcome, Made):
                at = outcome.change.commit
            outcomes.append((unit, outcome))
        return outcomes

    def _outcome(self, unit: Unit) -> Outcome:
        shop = Workshop(self.tree, self.pants, self.base.configuration, self.world.index)
        pins = locks.all_pins(self._locks_of(unit))
        urgent: Tuple[str, ...] = ()
        if self.base.configuration.urgent:
            urgent = compare.fixable(pins, self.world.advisories.of(pins))
        if not unit.is_suite:
            return update_lock(shop, unit, self.base.commit, urgent)
        refresh = bool(urgent or withdrawn_of(pins, self.world.index))
        return update_suite(shop, unit, urgent, refresh=refresh)

    def _locks_of(self, unit: Unit) -> Tuple[str, ...]:
        """The texts of the locks that a unit has in the worktree."""
        if not unit.is_suite:
            return ((self.tree.folder / unit.path).read_text(errors="replace"),)
        files = self.tree.files_in(unit.path)
        return tuple(text for name, text in files.items() if name.endswith(".lock"))

    def _held(self, outcomes: Sequence[Tuple[Unit, Outcome]]) -> List[Held]:
        """What is amiss with pins that nothing changes."""
        found = [
            held(unit, outcome.pins, self.world.index, self.world.advisories, self.pants)
            for unit, outcome in outcomes
            if isinstance(outcome, Current)
        ]
        return [each for each in found if each is not None]

    def _proposal(self, name: str, outcomes: Sequence[Tuple[Unit, Outcome]]) -> Optional[Proposal]:
        made = [outcome for _, outcome in outcomes if isinstance(outcome, Made)]
        if not made:
            return None
        before = sorted({pin for outcome in made for pin in outcome.before})
        after = sorted({pin for outcome in made for pin in outcome.after})
        dependents = _dependents(made)
        known = self.world.advisories.of([*before, *after])
        withdrawn = withdrawn_of(after, self.world.index)
        named = sorted({project for project, _ in (*known, *withdrawn)})
        if any(outcome.change.kind == "lock" for outcome in made):
            dependents = {**dependents, **requirers.of(self.pants, named, dependents)}
        # Before the notes, which say what of it could not be asked.
        who = published(after, self.world.index)
        failed = [unit.name for unit, outcome in outcomes if isinstance(outcome, Failed)]
        notes = (
            *(f"{each} could not be updated, and is not part of this" for each in failed),
            *self.world.advisories.problems(),
            *self.world.index.problems()[:10],
        )
        return Proposal(
            name=name,
            base=self.base.commit,
            head=made[-1].change.commit,
            units=tuple(outcome.change for outcome in made),
            advisories=compare.compared(before, after, known, dependents)[:500],
            withdrawn=withdrawn_pins(withdrawn, dependents),
            published=who,
            notes=tuple(one_line(note, 500) for note in notes),
        )


def _pins(outcomes: Iterable[Tuple[Unit, Outcome]]) -> Iterator[Pin]:
    """What is held from now on, or will be."""
    for _, outcome in outcomes:
        if isinstance(outcome, Made):
            yield from outcome.after
        elif isinstance(outcome, Current):
            yield from outcome.pins


def _dependents(made: Sequence[Made]) -> Dict[str, Tuple[str, ...]]:
    """Project -> what of the proposal reaches it: the suites and locks that pin it."""
    found: Dict[str, Tuple[str, ...]] = {}
    for outcome in made:
        pinned = {project for project, _ in (*outcome.before, *outcome.after)}
        for project in sorted(pinned):
            found[project] = (*found.get(project, ()), outcome.change.name)
    return found


def is_complete(prepared: Prepared) -> bool:
    """Whether nothing failed and nothing was left out."""
    return not (prepared.failed or prepared.left_out)


def deadline(
    limit: Optional[float], clock: Callable[[], float] = time.monotonic
) -> Optional[float]:
    """When a run that may take so many seconds is over."""
    return None if limit is None else clock() + limit
