"""The rules of sampling, worked out a second time by brute force, and compared.

Each function is a sentence of the rules, as short and as slow as can be. Nothing of the library is used but what
goes into `sample` and what comes out. Whatever the previous samples were, the samples must be what the rules
make of the samples themselves: that is what it means that sampling again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import lru_cache

from hypothesis import assume, given
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from release_sampler import Release, SamplerError, Sampling, sample
from sampler_examples import examples
from sampler_makers import AS_OF
from sampler_strategies import Situation, grown_lines, situations

_APPEARED = {
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
}


# Candidates.


def _in_range(asked: Situation, release: Release) -> bool:
    """Pre- and post-releases are matched by their base version."""
    base = Version(release.version).base_version
    return asked.suite.requirement.specifier.contains(base, prereleases=True)


@lru_cache(maxsize=None)
def _admits(specifier: str, python: str) -> bool:
    """Any patch of 3.x counts."""
    versions = SpecifierSet(specifier)
    return any(versions.contains(f"{python}.{patch}") for patch in range(30))


def _pythons(asked: Situation, release: Release) -> list[str]:
    """The target Pythons that release, suite and files admit."""
    rules = [
        admitted
        for versions, admitted in asked.suite.python.items()
        if versions == "*" or Version(release.version).base_version in SpecifierSet(versions)
    ]
    return [
        python
        for python in asked.policy.minors
        if all(_admits(limit, python) for limit in rules)
        and any(
            _admits(limit, python)
            and kind in ("wheel", "sdist", f"wheel-cp{python.replace('.', '')}")
            for kind, limit in _files(asked, release)
        )
    ]


def _files(asked: Situation, release: Release) -> list[tuple[str, str]]:
    """Kind and `Requires-Python` of each file that can be installed on the first platform."""
    files = [(kind, release.requires_python, "any") for kind in release.files]
    if release.groups:
        files = [
            (kind, group.requires_python, platform)
            for group in release.groups
            for kind in group.kinds
            for platform in group.platforms
        ]
        if "sdist" in release.files and not any(kind == "sdist" for kind, _, _ in files):
            files.append(("sdist", release.requires_python, "any"))
    return [
        (kind, limit or "")
        for kind, limit, platform in files
        if platform in ("any", "manylinux_2_17_x86_64")
        if kind != "sdist" or asked.suite.sdists
    ]


def _may_be_sampled(asked: Situation, release: Release, previous: Collection[str]) -> bool:
    cooled = AS_OF - timedelta(days=asked.policy.cooldown_days)
    return (
        _in_range(asked, release)
        and not Version(release.version).is_devrelease
        and release.yanked is False
        and bool(_pythons(asked, release))
        and (not _is_to_come(release) or release.version in previous)
        and (release.uploaded is None or release.uploaded <= cooled or release.version in previous)
    )


def _is_to_come(release: Release) -> bool:
    """At the time of sampling it was not there."""
    return release.uploaded is not None and release.uploaded > AS_OF


def _candidates(asked: Situation, previous: Collection[str]) -> list[Release]:
    """In the order of PEP 440; a post-release replaces its base."""
    found = [r for r in asked.snapshot.releases if _may_be_sampled(asked, r, previous)]
    found.sort(key=lambda r: Version(r.version))
    bases = [Version(re.sub(r"\.post\d+", "", r.version)) for r in found]
    return [r for number, r in enumerate(found) if bases[number] not in bases[number + 1 :]]


def _stable(asked: Situation, previous: Collection[str]) -> list[Release]:
    """Prereleases stand in where no stable release is a candidate, nor will be once it has cooled.

    Those that were samples stand in until then.
    """
    candidates = _candidates(asked, previous)
    stable = [r for r in candidates if not Version(r.version).is_prerelease]
    there = {r.version for r in asked.snapshot.releases if not _is_to_come(r)}
    cooled = _candidates(asked, there)
    awaited = any(not Version(r.version).is_prerelease for r in cooled)
    if not stable and (not awaited or any(r.version in previous for r in candidates)):
        return candidates
    return stable


# Series and gaps.


def _series(version: str) -> tuple[int, int, int]:
    parsed = Version(version)
    return (parsed.epoch, parsed.major, parsed.minor)


class _Line:
    """The series of the stable candidates, counted from the oldest; the newest candidate speaks."""

    def __init__(self, stable: list[Release]) -> None:
        self.speakers = {_series(r.version): r.version for r in stable}
        self.places = {series: place for place, series in enumerate(self.speakers)}

    def gaps(self, versions: Iterable[str]) -> list[int]:
        """The largest first."""
        places = sorted({self.places[_series(version)] for version in versions})
        return sorted((b - a for a, b in zip(places, places[1:])), reverse=True)

    def gap(self, versions: Iterable[str]) -> int:
        return max(self.gaps(versions), default=0)

    def filled(self, chosen: set[str], slots: int) -> set[str]:
        """The release that makes the gaps smallest, the largest first, is added; ties to the newer."""
        for _ in range(slots):
            if self.gap(chosen) <= 1:
                break
            free = sorted(set(self.speakers.values()) - chosen, key=Version, reverse=True)
            chosen = chosen | {min(free, key=lambda version: self.gaps(chosen | {version}))}
        return chosen


class _Expected:
    """What the rules say of the stable samples."""

    def __init__(self, asked: Situation, stable: list[Release]) -> None:
        self.line = _Line(stable)
        self.lowest, self.latest = stable[0].version, stable[-1].version
        newest = {_series(r.version)[:2]: r.version for r in stable}
        self.majors = list(newest.values())[-(asked.suite.max_majors or asked.policy.max_majors) :]
        self.newest_of_majors = set(newest.values())
        self.kept = {self.lowest, self.latest, *self.majors}
        at_least = 1 if self.line.gap(self.kept) > 1 else 0
        self.slots = max(asked.policy.samples - len(self.kept), at_least)
        self.fresh = self.line.filled(self.kept, self.slots)


def _prerelease(asked: Situation, candidates: list[Release], latest: str) -> str | None:
    """The newest if above the newest stable and uploaded within `prerelease_days`."""
    newest = candidates[-1]
    since = AS_OF - timedelta(days=asked.policy.prerelease_days)
    if Version(newest.version) <= Version(latest) or newest.uploaded is None:
        return None
    return newest.version if newest.uploaded >= since else None


def _sampled(asked: Situation) -> Sampling:
    """What the library says; without samples there is nothing to compare but that."""
    try:
        sampling = sample(asked.suite, asked.policy, asked.snapshot, asked.previous, AS_OF)
    except SamplerError:
        assert not _stable(asked, asked.previous)
        assume(False)
        raise
    return sampling


@given(situations())
@examples(300)
def test_samples_are_candidates_and_hold_what_is_always_kept(asked: Situation) -> None:
    versions = [chosen.version for chosen in _sampled(asked).samples]
    candidates = _candidates(asked, versions)
    expected = _Expected(asked, _stable(asked, versions))
    prerelease = _prerelease(asked, candidates, expected.latest)
    stable = [version for version in versions if version != prerelease]
    assert set(versions) <= {r.version for r in candidates}
    assert expected.kept <= set(versions)
    assert (prerelease in versions) is (prerelease is not None)
    assert len(stable) <= len(expected.kept) + expected.slots
    assert all(_series(version) in expected.line.places for version in stable)


@given(situations())
@examples(300)
def test_a_fresh_choice_is_the_best_one(asked: Situation) -> None:
    asked = asked._replace(previous=())
    versions = {chosen.version for chosen in _sampled(asked).samples}
    candidates = _candidates(asked, ())
    expected = _Expected(asked, _stable(asked, ()))
    assert versions - {_prerelease(asked, candidates, expected.latest)} == expected.fresh


@given(situations() | grown_lines())
@examples(300)
def test_what_stays_leaves_at_most_twice_the_gap_of_a_fresh_choice(asked: Situation) -> None:
    versions = [chosen.version for chosen in _sampled(asked).samples]
    candidates = _candidates(asked, versions)
    expected = _Expected(asked, _stable(asked, versions))
    stable = set(versions) - {_prerelease(asked, candidates, expected.latest)}
    assert expected.line.gap(stable) <= 2 * expected.line.gap(expected.fresh)
    again = asked._replace(previous=tuple(versions))
    assert [chosen.version for chosen in _sampled(again).samples] == versions


@given(situations() | grown_lines())
@examples(300)
def test_what_lay_between_stays_if_it_can(asked: Situation) -> None:
    """An interior sample stays while the largest gap is at most twice that of a fresh choice."""
    chosen = {chosen.version for chosen in _sampled(asked).samples}
    candidates = _candidates(asked, ())
    # Where previous samples are candidates for being that, though they are cooling, the line is another.
    assume(_candidates(asked, asked.previous) == candidates)
    expected = _Expected(asked, _stable(asked, asked.previous))
    previous = sorted((v for v in asked.previous if not Version(v).is_prerelease), key=Version)
    known = {r.version for r in candidates}
    taken = {_series(version) for version in expected.kept}
    interior = {v for v in previous[1:-1] if v in known and _series(v) not in taken}
    assume(len({_series(version) for version in interior}) == len(interior) <= expected.slots)
    kept = expected.line.filled(expected.kept | interior, expected.slots - len(interior))
    if expected.line.gap(kept) <= 2 * expected.line.gap(expected.fresh):
        assert interior <= chosen


@given(situations())
@examples(300)
def test_each_sample_runs_on_the_pythons_it_should(asked: Situation) -> None:
    sampling = _sampled(asked)
    by_version = {release.version: release for release in asked.snapshot.releases}
    stable = [r.version for r in _stable(asked, [chosen.version for chosen in sampling.samples])]
    # Newest first, and the prerelease last.
    order = sorted(
        (chosen.version for chosen in sampling.samples),
        key=lambda version: (version in stable, Version(version)),
        reverse=True,
    )
    admitted = {version: _pythons(asked, by_version[version]) for version in order}
    claimed = {version: _claimed(by_version[version], admitted[version]) for version in order}
    supported = {version: claimed[version] or admitted[version][:1] for version in order}
    tiers = {chosen.version: chosen.tier.value for chosen in sampling.samples}
    tiers[stable[-1]] = "latest"
    expected = {v: _broad(asked, tiers[v], known) for v, known in supported.items()}
    expected[stable[-1]].add(admitted[stable[-1]][-1])
    for python in asked.policy.minors:
        if not any(python in pythons for pythons in expected.values()):
            homes = [v for known in (supported, admitted) for v in order if python in known[v]]
            for home in homes[:1]:
                expected[home].add(python)
            assert (python in sampling.uncovered) is (not homes)
    assert {chosen.version: set(chosen.pythons) for chosen in sampling.samples} == expected
    for chosen in sampling.samples:
        assert set(chosen.trials) == expected[chosen.version] - set(claimed[chosen.version])


def _broad(asked: Situation, tier: str, known: list[str]) -> set[str]:
    """The oldest and the newest; of the newest stable the two newest; or as the policy says by tier."""
    said = asked.policy.pythons
    breadth = said[tier] if tier in said else said["*"] if "*" in said else "ends"
    return {
        "ends": {known[0], known[-1]},
        "ends-and-second": {known[0], *known[-2:]},
        "all": set(known),
    }[breadth]


def _claimed(release: Release, admitted: list[str]) -> list[str]:
    """Those the classifiers name; without classifiers, those that existed."""
    if release.pythons:
        return [python for python in admitted if python in release.pythons]
    if release.uploaded is not None:
        return [python for python in admitted if _APPEARED[python] < release.uploaded.date()]
    return admitted


@given(situations())
@examples(300)
def test_every_verdict_is_the_first_that_applies(asked: Situation) -> None:
    sampling = _sampled(asked)
    versions = [chosen.version for chosen in sampling.samples]
    candidates = _candidates(asked, versions)
    known = {r.version for r in candidates}
    stable = {r.version for r in _stable(asked, versions)}
    expected = _Expected(asked, _stable(asked, versions))
    for release in asked.snapshot.releases:
        version = release.version
        is_between = version in versions and not Version(version) > Version(expected.latest)
        series = {_series(v) for v in versions}
        beyond = version in expected.newest_of_majors and _series(version) not in series
        table: list[tuple[bool, str | tuple[str, ...]]] = [
            (version == expected.lowest, "lowest"),
            (version == expected.latest, "latest"),
            (version in expected.majors, "major"),
            (is_between, "between"),
            (version in versions, "prerelease"),
            (_is_to_come(release), "not there yet"),
            (not _in_range(asked, release), "outside the specifier"),
            (Version(version).is_devrelease, "dev"),
            (release.yanked is not False, "yanked"),
            (not _files(asked, release), "no installable file"),
            (not _pythons(asked, release), "no Python"),
            (not _may_be_sampled(asked, release, versions), "cooling until"),
            (version not in known, "superseded in its series by"),
            (version in expected.line.speakers.values() and beyond, "not needed (beyond the "),
            (version in expected.line.speakers.values(), "not needed ("),
            (version in stable, "superseded in its series by"),
            (True, ("superseded in its series by", "not needed")),
        ]
        verdict = next(verdict for applies, verdict in table if applies)
        assert sampling.verdicts[version].startswith(verdict), (version, verdict)
        if not beyond:
            assert "beyond" not in sampling.verdicts[version]
