"""The canary: the newest sample of each suite, resolved as of now without cool-down, and tested.

A suite that names its package's unreleased source is tried with that, too, beside what is released:
what differs between the two is that source alone. Nothing is committed. What is red is held against the lock that the base branch has: the pins that
differ are what a fresh install gets today and a tested one does not.
"""

from __future__ import annotations

import datetime
from typing import Callable, Dict, Final, List, Optional, Tuple

from matrix_results import Suite
from matrix_updates import locks
from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.errors import GitFailed, PantsFailed
from matrix_updates.git import Git
from matrix_updates.prepare import results
from matrix_updates.prepare.listing import listed_suites
from matrix_updates.prepare.pants import Pants
from matrix_updates.prepare.preparation import Wanted
from matrix_updates.prepare.worktree import Worktree, worktree
from matrix_updates.proposal import bisect_answer, samples
from matrix_updates.proposal.model import CellResult, FirstBad, Problem, Repin
from matrix_updates.repository import Base, generated_suites
from matrix_updates.text import last_lines, one_line
from matrix_updates.units import Unit

# Whoever installs today waits for no cool-down.
_NOW: Final = "--version-matrix-cooldown-days=0"


def sing(git: Git, base: Base, wanted: Wanted, *, tell: Callable[[str], None]) -> Song:
    """Tries every wanted suite of the base; raises `UpdatesError` if it cannot begin."""
    suites: List[SuiteToday] = []
    upstreams: List[SuiteToday] = []
    failed: List[Problem] = []
    left_out: List[str] = []
    made_at = datetime.datetime.now(datetime.timezone.utc)
    with worktree(git, base.commit) as tree:
        pants = Pants(tree.folder, base.configuration.pants, tell=tell)
        try:
            sources = {each.address: each.upstream for each in listed_suites(pants)}
            for unit in filter(wanted.names, generated_suites(git, base.commit)):
                if wanted.is_over():
                    left_out.append(unit.name)
                    continue
                tree.reset(base.commit)
                source = sources.get(unit.name, "")
                trying = unit.name
                try:
                    suites.append(_today(tree, pants, unit))
                    if source:
                        trying = f"{unit.name} with {source}"
                        upstreams.append(_ahead(tree, pants, unit, suites[-1].release, source))
                except (PantsFailed, GitFailed, OSError) as error:
                    failed.append(Problem(unit=one_line(trying, 500), told=last_lines(str(error))))
        finally:
            pants.stop()
    return Song(
        made_at=made_at,
        base=base.commit,
        suites=tuple(suites),
        upstreams=tuple(upstreams),
        failed=tuple(failed),
        left_out=tuple(left_out),
    )


def _today(tree: Worktree, pants: Pants, unit: Unit) -> SuiteToday:
    before = samples.read(tree.files_in(unit.path))
    generated = pants.run(_NOW, "generate-matrix", "--upgrade", unit.name)
    after = samples.read(tree.files_in(unit.path))
    newest = _newest(after)
    if newest is None or (generated.status != 0 and not tree.changed()):
        raise PantsFailed(
            f"`{generated.command}` ended with {generated.status}:\n{generated.said()}"
        )
    suite, cells = _run(pants, unit, newest)
    red = results.cell_to_bisect(suite)
    return SuiteToday(
        address=unit.name,
        title=unit.title,
        release=newest,
        cells=cells,
        moved=_moved(before, after, newest),
        first_bad=_against_the_lock(pants, red) if red else (),
    )


def _ahead(tree: Worktree, pants: Pants, unit: Unit, release: str, source: str) -> SuiteToday:
    """How the suite does with an unreleased source, and otherwise with what `_today` has locked."""
    before = samples.read(tree.files_in(unit.path))
    ahead = f"--version-matrix-upstream={release}"
    generated = pants.run(_NOW, ahead, "generate-matrix", unit.name)
    after = samples.read(tree.files_in(unit.path))
    if _lock_of(after, release) == _lock_of(before, release):
        raise PantsFailed(
            f"`{generated.command}` ended with {generated.status}, and locked nothing with it:\n"
            f"{generated.said()}"
        )
    _, cells = _run(pants, unit, release, ahead)
    moved = _moved(before, after, release)
    return SuiteToday(
        address=unit.name,
        title=unit.title,
        release=release,
        upstream=one_line(source, 1_000),
        cells=cells,
        # The package itself is not pinned any more, which is what was asked for.
        moved=tuple(move for move in moved if move.project != unit.project),
    )


def _run(
    pants: Pants, unit: Unit, release: str, *options: str
) -> Tuple[Suite, Tuple[CellResult, ...]]:
    """The report of a suite after a run of one of its samples, and what became of that one's cells."""
    sample = f"{unit.name}#{release.replace('!', '~')}"
    run, _, _ = results.run_cells(pants, sample, unit.name, *options)
    suite = results.suite_of(run, unit.name)
    if suite is None:
        raise PantsFailed("the report of its cells does not have the suite")
    return suite, tuple(cell for cell in results.cells(suite) if cell.version == release)


def _newest(state: samples.SuiteState) -> Optional[str]:
    """The newest stable release that is tested, alone or with the newest of what it is combined with.

    Where there is no package it is the highest environment. A release may be the lowest as well.
    """
    tiers = {name: sample.tier for name, sample in state.samples.items()}
    for name, tier in tiers.items():
        if tier in ("latest", "highest") or tier.startswith("all newest"):
            return name
    stable = [name for name, tier in tiers.items() if tier != "prerelease"]
    return next(reversed(stable or [*tiers]), None)


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
    # Its probes are locked as what failed was.
    asked = pants.run(_NOW, "bisect-matrix", "--format=json", cell)
    return (bisect_answer.read(cell, asked.status, asked.output, asked.errors),)
