"""One lock of `3rdparty`: made anew, and where that changed something what depends on it run."""

from __future__ import annotations

from typing import Tuple

from matrix_updates import locks
from matrix_updates.prepare.suite_step import Current, Failed, Made, Outcome, Workshop, repins
from matrix_updates.proposal.model import Check, UnitChange
from matrix_updates.units import Unit


def update_lock(shop: Workshop, unit: Unit, base: str, urgent: Tuple[str, ...] = ()) -> Outcome:
    """Makes a lock anew in the worktree, and commits it with what depends on it tested.

    `base` is the commit that tests are selected against; `urgent` are projects whose pins have an
    advisory that some release mends: they need not cool down.
    """
    path = shop.worktree.folder / unit.path
    before = path.read_text(errors="replace")
    configuration = shop.configuration
    exempt = [
        each.replace("{project}", project)
        for project in urgent
        for each in configuration.lock_exempt
    ]
    command = (each.replace("{resolve}", unit.name) for each in configuration.lock_command)
    made = shop.pants.run(*exempt, *command)
    changed = shop.worktree.changed()
    strange = next((each for each in changed if not unit.may_hold(each)), None)
    if strange is not None:
        return Failed(f"`{made.command}` changed {strange}, which is not {unit.path}")
    if made.status != 0:
        return Failed(f"`{made.command}` ended with {made.status}:\n{made.said()}")
    if not changed:
        return Current(locks.all_pins([before]))
    after = path.read_text(errors="replace")
    checks = _checks(shop, unit, base)
    if shop.worktree.changed() != changed:
        return Failed("its tests changed files of the repository, so that nothing can be committed")
    commit = shop.worktree.commit(f"Re-pin {unit.title}")
    return Made(
        UnitChange(
            kind="lock",
            name=unit.name,
            title=unit.title,
            commit=commit,
            repins=repins({unit.title: before}, {unit.title: after}, shop.index),
            checks=checks,
        ),
        before=locks.all_pins([before]),
        after=locks.all_pins([after]),
    )


def _checks(shop: Workshop, unit: Unit, base: str) -> Tuple[Check, ...]:
    configuration = shop.configuration
    ships = unit.name == configuration.main_resolve
    command = configuration.lock_tests if ships else configuration.tool_lock_tests
    if not command:
        return ()
    done = shop.pants.run(*(each.replace("{base}", base) for each in command))
    # The commit is no part of it: it would be another line each day.
    told = f"{shop.configuration.pants} {' '.join(command)}".replace("{base}", configuration.base)
    return (
        Check(
            command=told, passed=done.status == 0, told="" if done.status == 0 else done.said(400)
        ),
    )
