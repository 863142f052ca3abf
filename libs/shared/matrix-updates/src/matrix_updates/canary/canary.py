"""The canary: the newest sample of each suite, resolved as of now without cool-down, and tested.

Nothing is committed. What is red is held against the lock that the base branch has: the pins that
differ are what a fresh install gets today and a tested one does not.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Callable, Dict, Final, Optional, Tuple

import msgspec

from matrix_updates import locks
from matrix_updates.errors import GitFailed, PantsFailed
from matrix_updates.git import Git
from matrix_updates.prepare import results
from matrix_updates.prepare.pants import Pants
from matrix_updates.prepare.preparation import Wanted
from matrix_updates.prepare.worktree import Worktree, worktree
from matrix_updates.proposal import bisect_answer, samples
from matrix_updates.proposal.documents import encode
from matrix_updates.proposal.model import CellResult, FirstBad, Problem, Repin
from matrix_updates.repository import Base, generated_suites
from matrix_updates.text import last_lines, one_line
from matrix_updates.units import Unit

SCHEMA_VERSION: Final = 1


class SuiteToday(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a suite does with what the index gives today; `moved` are its pins against the lock."""

    address: str
    title: str
    release: str
    cells: Tuple[CellResult, ...] = ()
    moved: Tuple[Repin, ...] = ()
    first_bad: Tuple[FirstBad, ...] = ()

    @property
    def is_red(self) -> bool:
        return any(cell.broken for cell in self.cells)


class Song(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the canary saw; `kind` tells it from a run of what is committed."""

    schema_version: int = SCHEMA_VERSION
    kind: str = "canary"
    base: str
    suites: Tuple[SuiteToday, ...] = ()
    failed: Tuple[Problem, ...] = ()
    left_out: Tuple[str, ...] = ()

    @property
    def is_red(self) -> bool:
        """Whether something that a fresh install gets today does not work."""
        return any(suite.is_red for suite in self.suites)

    @property
    def is_complete(self) -> bool:
        """Whether every suite was seen."""
        return not (self.failed or self.left_out)

    def told(self) -> str:
        """For a terminal: a line a suite, and below a red one what differs from its lock."""
        lines = [line for suite in self.suites for line in _lines(suite)]
        lines += [
            f"{one_line(each.unit)}: failed: {one_line(each.told, 500)}" for each in self.failed
        ]
        lines += [
            f"{one_line(each)}: left out: the time limit had passed" for each in self.left_out
        ]
        return "".join(f"{line}\n" for line in lines or ["no suite"])

    def write(self, path: Path) -> None:
        """Writes the JSON whole or not at all; raises `OSError`."""
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "wb") as file:
            file.write(encode(self))
        os.replace(name, path)


def sing(git: Git, base: Base, wanted: Wanted, *, tell: Callable[[str], None]) -> Song:
    """Tries every wanted suite of the base; raises `UpdatesError` if it cannot begin."""
    suites, failed, left_out = [], [], []
    with worktree(git, base.commit) as tree:
        pants = Pants(tree.folder, base.configuration.pants, tell=tell)
        try:
            for unit in filter(wanted.names, generated_suites(git, base.commit)):
                if wanted.is_over():
                    left_out.append(unit.name)
                    continue
                tree.reset(base.commit)
                try:
                    suites.append(_today(tree, pants, unit))
                except (PantsFailed, GitFailed, OSError) as error:
                    failed.append(Problem(unit=unit.name, told=last_lines(str(error))))
        finally:
            pants.stop()
    return Song(
        base=base.commit, suites=tuple(suites), failed=tuple(failed), left_out=tuple(left_out)
    )


def _today(tree: Worktree, pants: Pants, unit: Unit) -> SuiteToday:
    before = samples.read(tree.files_in(unit.path))
    generated = pants.run(
        "--version-matrix-cooldown-days=0", "generate-matrix", "--upgrade", unit.name
    )
    after = samples.read(tree.files_in(unit.path))
    newest = _newest(after)
    if newest is None or (generated.status != 0 and not tree.changed()):
        raise PantsFailed(
            f"`{generated.command}` ended with {generated.status}:\n{generated.said()}"
        )
    run, _, _ = results.run_cells(pants, f"{unit.name}#{newest.replace('!', '~')}", unit.name)
    suite = results.suite_of(run, unit.name)
    if suite is None:
        raise PantsFailed("the report of its cells does not have the suite")
    cells = tuple(cell for cell in results.cells(suite) if cell.version == newest)
    red = results.cell_to_bisect(suite)
    return SuiteToday(
        address=unit.name,
        title=unit.title,
        release=newest,
        cells=cells,
        moved=_moved(before, after, newest),
        first_bad=_against_the_lock(pants, red) if red else (),
    )


def _newest(state: samples.SuiteState) -> Optional[str]:
    """The newest stable release that is tested; where there is no package, the highest environment."""
    by_tier = {sample.tier: name for name, sample in state.samples.items()}
    found = by_tier.get("latest") or by_tier.get("highest")
    return found or next(reversed(tuple(state.samples)), None)


def _moved(
    before: samples.SuiteState, after: samples.SuiteState, release: str
) -> Tuple[Repin, ...]:
    """The pins of the newest sample that differ from the committed lock of the newest sample then."""
    then = _newest(before)
    if then is None:
        return ()
    old, new = _lock_of(before, then), _lock_of(after, release)
    return tuple(
        Repin(project=move.project, before=move.before, after=move.after)
        for move in locks.moves({"lock": old}, {"lock": new})
    )


def _lock_of(state: samples.SuiteState, release: str) -> str:
    """All locks of a sample: one for all its Pythons, or some of their own."""
    stems: Dict[str, str] = {name[: -len(".lock")]: text for name, text in state.locks.items()}
    return "\n".join(
        text for stem, text in stems.items() if stem == release or stem.startswith(f"{release}-py")
    )


def _against_the_lock(pants: Pants, cell: str) -> Tuple[FirstBad, ...]:
    asked = pants.run("bisect-matrix", "--format=json", cell)
    return (bisect_answer.read(cell, asked.status, asked.output, asked.errors),)


def _lines(suite: SuiteToday) -> Tuple[str, ...]:
    passed = sum(cell.status in ("passed", "known-failure") for cell in suite.cells)
    state = "RED" if suite.is_red else "green"
    first = (
        f"{one_line(suite.title, 80)} {one_line(suite.release, 60)}: {state}, "
        f"{passed} of {len(suite.cells)} cells pass today"
    )
    if not suite.is_red:
        return (first,)
    moved = tuple(
        f"  {one_line(each.project, 80)}: tested with {', '.join(each.before) or 'none'}, "
        f"installed today {', '.join(each.after) or 'none'}"
        for each in suite.moved
    )
    tests = tuple(
        f"  {one_line(cell.failing or cell.reason or cell.status, 300)} on Python {cell.python}"
        for cell in suite.cells
        if cell.broken
    )
    bad = tuple(
        f"  first bad: {one_line(each.release or each.told, 300)}"
        f"{f', because of {one_line(each.cause, 200)}' if each.cause else ''}"
        for each in suite.first_bad
    )
    return (first, *tests, *moved, *bad)
