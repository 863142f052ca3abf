"""Sampling as a whole: a pure function of suite, policy, snapshot, previous samples and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import AbstractSet

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.installs import installs_on
from release_sampler.basis.model import (
    ACTIVE,
    Policy,
    Release,
    Sample,
    Sampling,
    Snapshot,
    Suite,
    Tier,
)
from release_sampler.basis.platforms import parse_platform
from release_sampler.basis.specifiers import parse_version
from release_sampler.basis.times import days_after
from release_sampler.choice.assignment import Assignment, assign_pythons
from release_sampler.choice.candidates import COOLING, Candidates, find_candidates
from release_sampler.choice.floor import untested_floor
from release_sampler.choice.selection import Line, select, series_of


def sample(
    suite: Suite,
    policy: Policy,
    snapshot: Snapshot,
    previous_samples: Iterable[str],
    as_of: datetime,
) -> Sampling:
    """Choose the releases of a package to test, and the Pythons to test them on.

    `previous_samples` are the versions chosen the last time and `as_of` is an aware time; with the same
    arguments the answer is the same, and its own samples as `previous_samples` give it again.

    Raises `SamplerError` if no release can be sampled.
    """
    previous = frozenset(filter(_is_version, previous_samples))
    # A previous sample that is dropped may have been a candidate only for being one (see cool-down),
    # and without it others may do better. The candidates can only become fewer, so this ends.
    while True:
        candidates = find_candidates(suite, policy, snapshot, previous, as_of)
        if not candidates.stable:
            raise SamplerError(_nothing_to_sample(suite, snapshot, candidates))
        line = Line(candidates.stable)
        stable = select(line, suite.samples or policy.samples, policy.max_majors, previous)
        prerelease = _newest_prerelease(candidates, policy, as_of)
        chosen = stable | ({prerelease.version} if prerelease else frozenset())
        if chosen == previous:
            break
        previous = chosen
    sampling = _explain(suite, policy, snapshot, candidates, line, stable, prerelease)
    notes = (
        _note_on_status(snapshot),
        untested_floor(suite, policy, snapshot, line.releases[0], as_of),
    )
    return replace(sampling, notes=tuple(note for note in notes if note))


def _note_on_status(snapshot: Snapshot) -> str | None:
    """What the index says of the project as a whole, PEP 792."""
    if snapshot.status == ACTIVE:
        return None
    meaning = {"archived": "; no more releases are to be expected"}.get(snapshot.status.name, "")
    return f"the index says that {snapshot.package} is {snapshot.status}{meaning}"


def _newest_prerelease(candidates: Candidates, policy: Policy, as_of: datetime) -> Release | None:
    if not candidates.prereleases:
        return None
    newest = candidates.prereleases[-1]
    if newest.parsed < candidates.stable[-1].parsed or newest.uploaded is None:
        return None
    return newest if newest.uploaded >= days_after(as_of, -policy.prerelease_days) else None


def _explain(
    suite: Suite,
    policy: Policy,
    snapshot: Snapshot,
    candidates: Candidates,
    line: Line,
    stable: frozenset[str],
    prerelease: Release | None,
) -> Sampling:
    releases = [release for release in candidates.stable if release.version in stable]
    prereleases = [prerelease] if prerelease else []
    assignment = assign_pythons(suite, policy, releases, prereleases)
    tiers = _tiers(line, stable, policy.max_majors)
    if prerelease:
        tiers[prerelease.version] = Tier.PRERELEASE
    verdicts: dict[str, str] = {
        **candidates.rejected,
        **{r.version: _verdict_on_prerelease(r, candidates) for r in candidates.prereleases},
        **{r.version: _verdict_on_stable(r, line, stable) for r in candidates.stable},
        **{version: tier.value for version, tier in tiers.items()},
    }
    chosen = sorted((*releases, *prereleases), key=lambda release: release.parsed)
    return Sampling(
        samples=tuple(_sample(suite, policy, r, tiers[r.version], assignment) for r in chosen),
        verdicts={release.version: verdicts[release.version] for release in snapshot.releases},
        uncovered=assignment.uncovered,
    )


def _sample(
    suite: Suite, policy: Policy, release: Release, tier: Tier, assignment: Assignment
) -> Sample:
    pythons = assignment.pythons[release.version]
    missing = (
        (
            name,
            tuple(
                minor
                for minor in pythons
                if not installs_on(release, minor, parse_platform(name), suite.may_build)
            ),
        )
        for name in policy.platforms[1:]
    )
    not_on = tuple((name, minors) for name, minors in missing if minors)
    return Sample(release.version, tier, pythons, release.uploaded, not_on)


def _tiers(line: Line, stable: AbstractSet[str], max_majors: int) -> dict[str, Tier]:
    tiers = {version: Tier.BETWEEN for version in stable}
    tiers.update({version: Tier.MAJOR for version in line.newest_of_majors(max_majors)})
    tiers[line.releases[-1].version] = Tier.LATEST
    tiers[line.releases[0].version] = Tier.LOWEST
    return tiers


def _verdict_on_stable(release: Release, line: Line, samples: frozenset[str]) -> str:
    place = line.position(release.version)
    speaker = line.speakers[place]
    if release is not speaker:
        return f"superseded in its series by {speaker.version}"
    before, after = line.gap_around(release.version, samples)
    if before < place < after:
        return f"not needed (gap of {after - before} series)"
    neighbour = next(version for version in samples if line.position(version) == place)
    return f"not needed (its series is sampled by {neighbour})"


def _verdict_on_prerelease(release: Release, candidates: Candidates) -> str:
    series = series_of(release.parsed)
    speakers = [
        other
        for other in (*candidates.prereleases, *candidates.stable)
        if series_of(other.parsed) == series and other.parsed > release.parsed
    ]
    if speakers:
        newest = max(speakers, key=lambda other: other.parsed)
        return f"superseded in its series by {newest.version}"
    latest = candidates.stable[-1]
    if release.parsed < latest.parsed:
        return f"not needed (prerelease below {latest.version})"
    newest = candidates.prereleases[-1]
    if release is not newest:
        return f"not needed (prerelease below {newest.version})"
    return "not needed (prerelease too old)"


def _nothing_to_sample(suite: Suite, snapshot: Snapshot, candidates: Candidates) -> str:
    reasons = Counter(
        reason.partition(" (")[0].partition(":")[0].partition(" until")[0]
        for reason in candidates.rejected.values()
    )
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    readable = [release.version for release in snapshot.releases if release.problem is None]
    newest = f"; the newest is {readable[-1]}" if readable else ""
    cooling = [reason for reason in candidates.rejected.values() if reason.startswith(COOLING)]
    usable = f"; the first is usable from {min(cooling)[len(COOLING):]}" if cooling else ""
    return (
        f"{suite.name}: no release matches {suite.package!r}: {counts or 'the index lists none'}"
        f"{newest}{usable}; widen the range, the Pythons or the files allowed"
    )


def _is_version(text: str) -> bool:
    try:
        parse_version(text)
    except ValueError:
        return False
    return True
