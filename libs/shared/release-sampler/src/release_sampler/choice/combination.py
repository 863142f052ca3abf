"""Which releases of several packages to test together, and on which Pythons.

Each package is sampled in its own right; combinations are of samples. What cannot go together is left out, with the
reason, and the nearest that goes takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, product

from packaging.version import Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.installs import installs_on
from release_sampler.basis.model import (
    Combination,
    Combine,
    Impossible,
    Policy,
    Previous,
    Refusal,
    Release,
    Sampling,
    Snapshot,
    Suite,
    Tier,
)
from release_sampler.basis.platforms import parse_platform
from release_sampler.basis.pythons import by_age
from release_sampler.choice.assignment import spread
from release_sampler.choice.covering import covering_rows
from release_sampler.choice.sampling import sample
from release_sampler.choice.together import Member, Releases, Together, nearest

#: More than so many combinations are an error: somebody would have to read them.
MAX_COMBINATIONS = 200
#: The factor beside the packages; no project is called so.
_PYTHON = "Python"


def sample_suite(
    suite: Suite,
    policy: Policy,
    snapshots: Mapping[str, Snapshot],
    previous: Previous,
    as_of: datetime,
    refusals: Iterable[Refusal] = (),
) -> Sampling:
    """Sample a suite: its package and, if it has axes, each of them, and their combinations.

    `snapshots` are by project. With the same arguments the answer is the same, and it holds if it is given as
    `previous`. Raises `SamplerError`, also where the lowest releases do not go together.
    """
    refusals = tuple(refusals)
    sampled = {
        member.name: sample(
            member,
            policy,
            snapshots[member.name],
            previous.samples.get(member.name, ()),
            as_of,
            # Of single releases; with axes the cells are combinations.
            () if suite.axes else refusals,
        )
        for member in suite.members
    }
    first, *others = sampled
    if not others:
        return sampled[first]
    members = tuple(
        Member(
            member,
            tuple(
                release
                for release in snapshots[member.name].releases
                if release.version in {chosen.version for chosen in sampled[member.name].samples}
            ),
        )
        for member in suite.members
    )
    together = Together(policy, members, refusals)
    _check_choice(suite, together)
    _check_floors(suite, together)
    wanted, impossible = _wanted(suite, together, previous)
    kept = _assigned(together, wanted)
    return replace(
        sampled[first],
        axes={name: sampled[name] for name in others},
        combinations=kept,
        uncovered=dict(_uncovered(together, sampled, kept)),
        impossible=impossible,
        refusals=tuple(r for r in refusals if _is_of_samples(r, members)),
        notes=tuple(
            dict.fromkeys(
                note if name == first else f"{name}: {note}"
                for name, sampling in sampled.items()
                for note in sampling.notes
            )
        ),
    )


@dataclass(frozen=True)
class _Wanted:
    """Releases to test together, why, and on which Pythons; None leaves those to the policy."""

    releases: Releases
    role: str
    pythons: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        return " ".join(self.releases.values())


def _wanted(
    suite: Suite, together: Together, previous: Previous
) -> tuple[tuple[_Wanted, ...], tuple[Impossible, ...]]:
    combine = suite.combine or together.policy.combine
    if combine is Combine.PAIRS:
        wanted, impossible = _pairs(together, previous)
    elif combine is Combine.ALL:
        wanted, impossible = _product(suite, together)
    else:
        wanted, impossible = _corners(together)
    if not wanted:
        raise SamplerError(
            f"{suite.name}: no combination with {', '.join(m.name for m in together.members[1:])} "
            f"can be tested: {'; '.join(i.reason for i in impossible[:3])}; widen a range"
        )
    if len(wanted) > MAX_COMBINATIONS:
        raise SamplerError(
            f"{suite.name}: combine={combine.value!r} makes {len(wanted)} combinations, and more than "
            f"{MAX_COMBINATIONS} nobody reads: lower samples, or combine by pairs or corners"
        )
    return wanted, impossible


def _check_choice(suite: Suite, together: Together) -> None:
    """Each axis leaves a choice, or it is an error: some packages come with one release of another alone."""
    first, *axes = together.members
    for axis in axes:
        pins = {release.version: together.pin(first, release, axis) for release in first.samples}
        if len(axis.samples) > 1 and all(pins.values()):
            version, pin = next(iter(pins.items()))
            raise SamplerError(
                f"{suite.name}: axes: {axis.name} leaves no choice, because each release of "
                f"{suite.name} wants one of it alone ({version} wants {pin}): leave it out, for it is "
                "there anyway"
            )


def _check_floors(suite: Suite, together: Together) -> None:
    """The declared floors go together, or it is an error that names the lowest that do."""
    floors = {member.name: member.versions[0] for member in together.members}
    if together.go(floors):
        return
    lowest = nearest(together, floors)
    told = ", ".join(f"{name}>={version}" for name, version in (lowest or {}).items())
    remedy = f"the lowest samples that do are {told}" if told else "no samples of them do"
    raise SamplerError(
        f"{suite.name}: the floors do not go together: {together.why_not(floors)}; {remedy}"
    )


def _corners(together: Together) -> tuple[tuple[_Wanted, ...], tuple[Impossible, ...]]:
    """All floors, all newest, each floor with the others' newest, and each further sample once."""
    members = together.members
    floors = {member.name: member.versions[0] for member in members}
    newest = {member.name: _newest(member) for member in members}
    found: dict[tuple[str, ...], _Wanted] = {}
    impossible: list[Impossible] = []

    def want(releases: Releases, role: str, fixed: Iterable[str] = ()) -> None:
        taken: Releases | None = releases
        if not together.go(releases):
            impossible.append(Impossible(tuple(releases.items()), None, together.why_not(releases)))
            taken = nearest(together, releases, fixed)
            role = f"{role}, the nearest that goes"
        if taken is not None:
            found.setdefault(tuple(taken.values()), _Wanted(taken, role))

    want(floors, "all floors")
    want(newest, "all newest")
    for member in members:
        others = {name: version for name, version in newest.items() if name != member.name}
        floor = floors[member.name]
        releases = {m.name: floor if m is member else others[m.name] for m in members}
        want(releases, f"the floor of {member.name}", [member.name])
    for member in members:
        for release in member.samples:
            if any(w.releases[member.name] == release.version for w in found.values()):
                continue
            partners = {m.name: _contemporary(m, release) for m in members}
            releases = {**partners, member.name: release.version}
            want(
                releases, f"{member.name} {release.version} with its contemporaries", [member.name]
            )
    return tuple(found.values()), tuple(impossible)


def _newest(member: Member) -> str:
    """The newest stable sample, which is the last but for a prerelease above it."""
    stable = [r.version for r in member.samples if not r.parsed.is_prerelease]
    return (stable or member.versions)[-1]


def _contemporary(member: Member, release: Release) -> str:
    """The newest stable sample that was there when a release was uploaded, else the lowest."""
    newest = member.versions.index(_newest(member))
    candidates = member.samples[: newest + 1]
    there = [
        other.version
        for other in candidates
        if release.uploaded is None or other.uploaded is None or other.uploaded <= release.uploaded
    ]
    return there[-1] if there else member.versions[0]


def _pairs(
    together: Together, previous: Previous
) -> tuple[tuple[_Wanted, ...], tuple[Impossible, ...]]:
    """Every two samples, and every sample and Python, that go together at least once."""
    names = [member.name for member in together.members]
    factors = {member.name: member.versions for member in together.members}

    def goes(row: Mapping[str, str]) -> bool:
        releases = {name: row[name] for name in names if name in row}
        return together.go(releases, row.get(_PYTHON))

    kept = [
        {**dict(combination.releases), _PYTHON: python}
        for combination in previous.combinations
        for python in combination.pythons
    ]
    minors = together.policy.minors
    rows, never = covering_rows({**factors, _PYTHON: minors}, goes, kept)
    pythons: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        pythons.setdefault(tuple(row[name] for name in names), []).append(row[_PYTHON])
    wanted = tuple(
        _Wanted(dict(zip(names, versions)), "pairs", by_age(pythons[versions]))
        for versions in sorted(pythons, key=_order)
    )
    return wanted, tuple(_never(together, dict(pair)) for pair in sorted(never))


def _never(together: Together, pair: dict[str, str]) -> Impossible:
    python = pair.pop(_PYTHON, None)
    return Impossible(tuple(pair.items()), python, together.why_not(pair, python))


def _product(
    suite: Suite, together: Together
) -> tuple[tuple[_Wanted, ...], tuple[Impossible, ...]]:
    """All combinations."""
    names = [member.name for member in together.members]
    every = product(*(member.versions for member in together.members))
    rows = [dict(zip(names, versions)) for versions in islice(every, MAX_COMBINATIONS * 10)]
    if next(every, None) is not None:
        raise SamplerError(
            f"{suite.name}: combine='all' makes more than {len(rows)} combinations: "
            "combine by pairs or corners"
        )
    wanted = tuple(_Wanted(row, "all") for row in rows if together.go(row))
    impossible = (
        Impossible(tuple(row.items()), None, together.why_not(row))
        for row in rows
        if not together.go(row)
    )
    return wanted, tuple(impossible)


def _assigned(together: Together, wanted: tuple[_Wanted, ...]) -> tuple[Combination, ...]:
    """The combinations, by version, each with its Pythons."""
    policy = together.policy
    newest_first = sorted(
        wanted, key=lambda one: _order(tuple(one.releases.values())), reverse=True
    )
    able = {one.key: together.able(one.releases) for one in newest_first}
    breadth = policy.breadth(Tier.BETWEEN)
    breadths = {key: breadth for key in able}
    breadths[next(iter(able))] = policy.breadth(Tier.LATEST)
    chosen = spread(policy.minors, able, breadths)[0]
    made = []
    for one in reversed(newest_first):
        pythons = one.pythons or by_age(chosen[one.key])
        claimed = able[one.key].claimed
        made.append(
            Combination(
                releases=tuple(one.releases.items()),
                role=one.role,
                pythons=pythons,
                not_on=tuple(_not_on(together, one.releases, pythons)),
                trials=tuple(minor for minor in pythons if minor not in claimed),
            )
        )
    return tuple(made)


def _uncovered(
    together: Together, sampled: Mapping[str, Sampling], combinations: Iterable[Combination]
) -> Iterator[tuple[str, str]]:
    """The targets on which nothing is tested together, and why: of a package alone, if it is that."""
    covered = {minor for combination in combinations for minor in combination.pythons}
    for minor in together.policy.minors:
        if minor not in covered:
            alone = (sampling.uncovered.get(minor) for sampling in sampled.values())
            told = next(filter(None, alone), None)
            yield minor, told or f"nothing that is tested together goes with Python {minor}"


def _not_on(
    together: Together, releases: Releases, pythons: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where one of the releases has no file, by platform."""
    for name in together.policy.platforms[1:]:
        platform = parse_platform(name)
        missing = tuple(
            minor
            for minor in pythons
            if not all(
                installs_on(
                    member.release(releases[member.name]), minor, platform, member.suite.may_build
                )
                for member in together.members
            )
        )
        if missing:
            yield name, missing


def _is_of_samples(refusal: Refusal, members: tuple[Member, ...]) -> bool:
    versions = {member.name: member.versions for member in members}
    return all(version in versions.get(name, ()) for name, version in refusal.releases)


def _order(versions: Iterable[str]) -> tuple[Version, ...]:
    return tuple(Version(version) for version in versions)
