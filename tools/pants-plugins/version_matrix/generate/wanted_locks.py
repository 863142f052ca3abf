"""What a sample's lock is made of, and where each requirement is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from version_matrix.generate.requests import Closure
from version_matrix.stanza import lock_file, upstream
from version_matrix.stanza.lock_file import LockInputs
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS, Sample
from version_matrix.stanza.suite import Suite, project_name


@dataclass(frozen=True)
class Wanted:
    """What a lock is made of, and requirement -> where it is said."""

    inputs: LockInputs
    origins: Mapping[str, str]


def wanted(
    suite: Suite, sample: Sample, pythons: Sequence[str], matrix: VersionMatrix, closure: Closure
) -> Wanted:
    """What the lock of a sample for some of its Pythons (`3.12`) is made of."""
    origins = lock_file.environment_requirements(
        suite,
        sample.version,
        pythons,
        base=matrix.base_requirements,
        closure=closure.requirements,
    )
    levels = matrix.patch_levels(tuple(pythons))
    if suite.package is not None:
        # Where the canary asks for it; building it is what that is for.
        ahead = suite.upstream is not None and sample.version == matrix.upstream
        inputs = LockInputs(
            requirements=(
                upstream.required(suite) if ahead else suite.pinned(sample.version),
                *suite.pinned_axes(sample.version),
                *origins,
            ),
            pythons=levels,
            sdists=(*suite.sdists, *([suite.project or ""] if ahead else [])),
            chosen=suite.project,
            platforms=tuple(matrix.platforms),
            partners=suite.axis_projects,
        )
        return Wanted(inputs, origins)
    lowest = tuple(
        line
        for line in origins
        if sample.tier == OWN_FLOOR_TIERS[0] and project_name(line) in closure.own
    )
    inputs = LockInputs(
        requirements=tuple(line for line in origins if line not in lowest),
        pythons=levels,
        sdists=suite.sdists,
        lowest=lowest,
        platforms=tuple(matrix.platforms),
    )
    return Wanted(inputs, origins)
