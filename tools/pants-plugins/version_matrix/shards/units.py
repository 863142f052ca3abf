"""Tests as units of work, by kind of job. Pure: targets in, units out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from pants.core.goals.test import TestsBatchCompatibilityTagField
from pants.engine.target import Target

from version_matrix.shards.times import PROCESS, guess
from version_matrix.shards.work import Kind, Unit
from version_matrix.stanza.addresses import stanza_address
from version_matrix.stanza.cell_fields import (
    CellLockField,
    CellPythonField,
    CellTierField,
    CellTrialField,
)
from version_matrix.stanza.lock_file import recorded_platforms
from version_matrix.stanza.targets import MatrixCellTarget

_UNPROMISED_TIER = "prerelease"


@dataclass(frozen=True)
class Times:
    """Seconds of the last results: by address, and by what stands for one in the name of a file."""

    by_address: Mapping[str, float]
    by_file: Mapping[str, float]

    def of(self, target: Target) -> float | None:
        """What a target took the last time; None if nobody knows."""
        known = self.by_address.get(target.address.spec)
        return self.by_file.get(target.address.path_safe_spec) if known is None else known


def units(
    tests: Sequence[Target],
    times: Times,
    platforms: Sequence[str],
    locks: Mapping[str, str],
    *,
    trials_block: bool,
) -> tuple[Mapping[Kind, Sequence[Unit]], int]:
    """The work of each kind of job, and of how many tests the time is known.

    A cell runs on each platform that its lock (path -> text) is for, any other test on the first.
    What was not promised to work, trials and prereleases, is work of jobs that do not block.
    """
    cells = [test for test in tests if isinstance(test, MatrixCellTarget)]
    native = _batches(test for test in tests if not isinstance(test, MatrixCellTarget))
    known = {
        test.address.spec: seconds for test in tests if (seconds := times.of(test)) is not None
    }
    of_cell = guess(known[cell.address.spec] for cell in cells if cell.address.spec in known)
    of_native = guess(
        sum(known.get(test.address.spec, 0.0) for test in batch)
        for batch in native
        if any(test.address.spec in known for test in batch)
    )
    work: dict[Kind, list[Unit]] = {}
    for cell in sorted(cells, key=_with_its_like):
        spec = cell.address.spec
        unit = Unit(
            (spec,),
            known.get(spec, of_cell) + PROCESS,
            stanza_address(cell).spec,
        )
        blocking = _is_promised(cell, trials_block)
        for platform in _platforms(cell, platforms, locks):
            work.setdefault(Kind(platform, blocking), []).append(unit)
    for batch in native:
        taken = [known[test.address.spec] for test in batch if test.address.spec in known]
        unit = Unit(
            tuple(test.address.spec for test in batch),
            (sum(taken) if taken else of_native) + PROCESS,
            batch[0].address.spec_path,
        )
        work.setdefault(Kind(platforms[0], True), []).append(unit)
    return work, len(known)


def _batches(tests: Iterable[Target]) -> Sequence[Sequence[Target]]:
    """Tests that may share a process, together."""
    found: dict[tuple[str, str], list[Target]] = {}
    for test in sorted(tests, key=lambda test: test.address):
        tag = next(
            (
                field.value
                for field in test.field_values.values()
                if isinstance(field, TestsBatchCompatibilityTagField) and field.value
            ),
            "",
        )
        found.setdefault(("tag", tag) if tag else ("", test.address.spec), []).append(test)
    return tuple(found.values())


def _with_its_like(cell: Target) -> tuple[str, str, str]:
    """By suite, and in it by Python: cells of one Python share the most wheels."""
    return stanza_address(cell).spec, cell[CellPythonField].value or "", cell.address.spec


def _is_promised(cell: Target, trials_block: bool) -> bool:
    trial = bool(cell[CellTrialField].value) and not trials_block
    return not trial and cell[CellTierField].value != _UNPROMISED_TIER


def _platforms(cell: Target, platforms: Sequence[str], locks: Mapping[str, str]) -> Iterable[str]:
    path = cell[CellLockField].value
    held = recorded_platforms(locks.get(path, "")) if path else ()
    # What cannot run says so on one machine, and need not on each.
    return [each for each in platforms if each in held] or platforms[:1]
