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
    Policy,
    Refusal,
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
from release_sampler.choice.notes import notes_on
from release_sampler.choice.selection import Line, select, series_of


def sample(
    suite: Suite,
    policy: Policy,
    snapshot: Snapshot,
    previous_samples: Iterable[str],
    as_of: datetime,
    refusals: Iterable[Refusal] = (),
) -> Sampling:
    """Choose the releases of a package to test, and the Pythons to test them on.

    `previous_samples` are the versions chosen the last time and `as_of` is an aware time; with the same
    arguments the answer is the same, and its own samples as `previous_samples` give it again. `refusals` are
    what the resolver could not lock: such a Python of a sample is kept, with the reason.

    Raises `SamplerError` if no release can be sampled.
    """
    majors = suite.max_majors or policy.max_majors
    previous = frozenset(filter(_is_version, previous_samples))
    # A previous sample that is dropped may have been a candidate only for being one (see cool-down),
    # and without it others may do better. The candidates can only become fewer, so this ends.
    while True:
        candidates = find_candidates(suite, policy, snapshot, previous, as_of)
        if not candidates.stable:
            raise SamplerError(_nothing_to_sample(suite, snapshot, candidates))
        line = Line(candidates.stable)
        stable = select(line, suite.samples or policy.samples, majors, previous)
        prerelease = _newest_prerelease(candidates, policy, as_of)
        chosen = stable | ({prerelease.version} if prerelease else frozenset())
        if chosen == previous:
            break
        previous = chosen
    sampling = _explain(suite, policy, snapshot, candidates, line, stable, prerelease)
    floor = untested_floor(suite, policy, snapshot, line.releases[0], as_of)
    notes = (*notes_on(suite, policy, snapshot, sampling.samples), *([floor] if floor else ()))
    return _with_refusals(replace(sampling, notes=notes), suite.name, tuple(refusals))


def _with_refusals(sampling: Sampling, package: str, refusals: tuple[Refusal, ...]) -> Sampling:
    """Mark what cannot be locked; what concerns none of the samples is forgotten."""
    marked = tuple(
        replace(chosen, unresolvable=_unresolvable(chosen, package, refusals))
        for chosen in sampling.samples
    )
    concerned = tuple(
        refusal
        for refusal in refusals
        if any(_concerns(refusal, package, chosen) for chosen in sampling.samples)
    )
    return replace(sampling, samples=marked, refusals=concerned)


def _unresolvable(
    chosen: Sample, package: str, refusals: tuple[Refusal, ...]
) -> tuple[tuple[str, str], ...]:
    concerning = [refusal for refusal in refusals if _concerns(refusal, package, chosen)]
    reasons = {
        minor: [r.reason for r in concerning if r.python in (None, minor)]
        for minor in chosen.pythons
    }
    return tuple((minor, found[0]) for minor, found in reasons.items() if found)


def _concerns(refusal: Refusal, package: str, chosen: Sample) -> bool:
    return refusal.releases == ((package, chosen.version),) and (
        refusal.python is None or refusal.python in chosen.pythons
    )


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
    majors = suite.max_majors or policy.max_majors
    tiers = _tiers(line, stable, majors)
    if prerelease:
        tiers[prerelease.version] = Tier.PRERELEASE
    assignment = assign_pythons(suite, policy, releases, prereleases, tiers)
    verdicts: dict[str, str] = {
        **candidates.rejected,
        **{r.version: _verdict_on_prerelease(r, candidates) for r in candidates.prereleases},
        **{r.version: _verdict_on_stable(r, line, stable, majors) for r in candidates.stable},
        **{version: tier.value for version, tier in tiers.items()},
    }
    chosen = sorted((*releases, *prereleases), key=lambda release: release.parsed)
    return Sampling(
        samples=tuple(_sample(suite, policy, r, tiers[r.version], assignment) for r in chosen),
        verdicts={release.version: verdicts[release.version] for release in snapshot.releases},
        uncovered=assignment.uncovered,
        python_verdicts={r.version: assignment.verdicts[r.version] for r in chosen},
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
    trials = assignment.trials[release.version]
    return Sample(release.version, tier, pythons, release.uploaded, not_on, trials)


def _tiers(line: Line, stable: AbstractSet[str], max_majors: int) -> dict[str, Tier]:
    tiers = {version: Tier.BETWEEN for version in stable}
    tiers.update({version: Tier.MAJOR for version in line.newest_of_majors(max_majors)})
    tiers[line.releases[-1].version] = Tier.LATEST
    tiers[line.releases[0].version] = Tier.LOWEST
    return tiers


def _verdict_on_stable(
    release: Release, line: Line, samples: frozenset[str], max_majors: int
) -> str:
    place = line.position(release.version)
    speaker = line.speakers[place]
    if release is not speaker:
        return f"superseded in its series by {speaker.version}"
    before, after = line.gap_around(release.version, samples)
    if before < place < after and release.version in line.newest_of_majors(len(line.releases)):
        majors = f"{max_majors} newest majors" if max_majors > 1 else "newest major"
        return f"not needed (beyond the {majors}, gap of {after - before} series)"
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
