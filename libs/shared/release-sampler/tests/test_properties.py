"""What holds for any package: hypothesis makes them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from release_sampler import (
    Policy,
    Release,
    SamplerError,
    Sampling,
    Snapshot,
    Suite,
    Tier,
    make_snapshot,
    read_snapshot,
    sample,
    write_snapshot,
)
from release_sampler.basis.model import Refusal
from release_sampler.basis.times import parse_time
from sampler_examples import examples
from sampler_makers import AS_OF, days_ago, policy
from sampler_strategies import Situation, releases, situations, snapshots


def _sample(
    suite: Suite, rules: Policy, snapshot: Snapshot, previous: tuple[str, ...] = ()
) -> Sampling | None:
    try:
        return sample(suite, rules, snapshot, previous, AS_OF)
    except SamplerError:
        return None


def _versions(sampling: Sampling) -> tuple[str, ...]:
    return tuple(chosen.version for chosen in sampling.samples)


@given(situations())
@examples(300)
def test_it_is_a_fixed_point_and_order_does_not_matter(
    situation: Situation,
) -> None:
    suite, rules, snapshot, previous = situation
    first = _sample(suite, rules, snapshot, previous)
    if first is None:
        return
    assert _sample(suite, rules, snapshot, _versions(first)) == first
    shuffled = make_snapshot("thing", reversed(snapshot.releases))
    assert _sample(suite, rules, shuffled, previous[::-1]) == first


@given(situations())
@examples(300)
def test_the_ends_are_in_and_no_more_than_asked(
    situation: Situation,
) -> None:
    suite, rules, snapshot, previous = situation
    sampling = _sample(suite, rules, snapshot, previous)
    if sampling is None:
        return
    tiers = [chosen.tier for chosen in sampling.samples]
    versions = [Version(version) for version in _versions(sampling)]
    assert versions == sorted(versions)
    assert tiers.count(Tier.LOWEST) == 1 and tiers[0] is Tier.LOWEST
    stable = [tier for tier in tiers if tier is not Tier.PRERELEASE]
    assert len(stable) == 1 or stable[-1] is Tier.LATEST
    kept = sum(tier is not Tier.BETWEEN for tier in stable)
    assert len(stable) <= max(rules.samples, kept + 1)
    assert tiers.count(Tier.PRERELEASE) <= 1
    assert tiers.count(Tier.MAJOR) <= (suite.max_majors or rules.max_majors)


@given(situations())
@examples(300)
def test_every_release_has_a_verdict_and_every_python_a_sample_or_a_reason(
    situation: Situation,
) -> None:
    suite, rules, snapshot, previous = situation
    sampling = _sample(suite, rules, snapshot, previous)
    if sampling is None:
        return
    assert list(sampling.verdicts) == [release.version for release in snapshot.releases]
    for chosen in sampling.samples:
        assert sampling.verdicts[chosen.version] == chosen.tier.value
        assert chosen.pythons and set(chosen.pythons) <= set(rules.minors)
        assert set(chosen.trials) <= set(chosen.pythons)
        told = sampling.python_verdicts[chosen.version]
        assert tuple(told) == rules.minors
        for minor, verdict in told.items():
            assert verdict.startswith("trial (") is (minor in chosen.trials)
            against = ("not ", "newer than", "Requires-Python", "no wheel", "excluded by")
            assert verdict.startswith(against) is (minor not in chosen.pythons)
    covered = {minor for chosen in sampling.samples for minor in chosen.pythons}
    assert covered | set(sampling.uncovered) == set(rules.minors)
    assert not covered & set(sampling.uncovered)


@given(situations(), releases)
@examples(300)
def test_a_release_that_is_no_candidate_changes_no_sample(
    situation: Situation, other: Release
) -> None:
    suite, rules, snapshot, previous = situation
    if any(release.parsed == other.parsed for release in snapshot.releases):
        return
    first = _sample(suite, rules, snapshot, previous)
    unrelated = replace(other, yanked="bad") if other.parsed.is_devrelease else other
    unrelated = replace(unrelated, requires_python="<3", groups=())
    grown = make_snapshot("thing", (*snapshot.releases, unrelated))
    second = _sample(suite, rules, grown, previous)
    assert (first and first.samples) == (second and second.samples)


@given(situations(), st.data())
@examples(100)
def test_what_the_resolver_refuses_is_marked_and_changes_no_choice(
    situation: Situation, data: st.DataObject
) -> None:
    """One Python of one sample blocks nothing else."""
    suite, rules, snapshot, previous = situation
    free = _sample(suite, rules, snapshot, previous)
    if free is None:
        return
    cells = [(chosen.version, minor) for chosen in free.samples for minor in chosen.pythons]
    refused = data.draw(st.sets(st.sampled_from(cells)))
    whole = data.draw(st.sampled_from([None, *_versions(free)]))
    refusals = [Refusal((("thing", version),), minor, "why") for version, minor in refused]
    refusals += [Refusal((("thing", whole),), None, "none at all")] if whole else []
    idle = Refusal((("other", "1.0"),), None, "of something else")
    marked = sample(suite, rules, snapshot, previous, AS_OF, [idle, *refusals])
    assert marked.refusals == tuple(refusals)
    unmarked = [replace(chosen, unresolvable=()) for chosen in marked.samples]
    assert replace(marked, samples=tuple(unmarked), refusals=()) == free
    found = {
        (chosen.version, minor) for chosen in marked.samples for minor, _ in chosen.unresolvable
    }
    assert found == refused | {cell for cell in cells if cell[0] == whole}


@given(st.integers(3, 60), st.integers(1, 8), st.integers(1, 12))
def test_interior_samples_outlive_new_releases(count: int, wanted: int, news: int) -> None:
    """One new minor at a time, as packages grow: nearly all that is between stays."""
    rules = policy(samples=wanted)
    versions = [f"1.{minor}" for minor in range(count + news)]

    def sampled(until: int, previous: tuple[str, ...]) -> tuple[str, ...]:
        releases = [Release(v, days_ago(900), ">=3.8", (), False, ("wheel",)) for v in versions]
        made = make_snapshot("thing", releases[:until])
        return _versions(sample(Suite("thing"), rules, made, previous, AS_OF))

    before = sampled(count, ())
    after = sampled(count + 1, before)
    fresh = sampled(count + 1, ())
    gap = _largest_gap(fresh)
    if _largest_gap((before[0], *before[1:-1], after[-1])) <= 2 * gap and len(before) >= 3:
        assert set(before[1:-1]) <= set(after)


def _largest_gap(versions: tuple[str, ...]) -> int:
    minors = [Version(version).minor for version in versions]
    return max((b - a for a, b in zip(minors, minors[1:])), default=0)


@given(snapshots)
def test_a_snapshot_survives_writing_and_reading(snapshot: Snapshot) -> None:
    text = write_snapshot(snapshot)
    assert read_snapshot(text, "thing") == snapshot
    assert write_snapshot(read_snapshot(text, "thing")) == text


@given(st.text(max_size=400))
def test_any_text_as_a_snapshot_is_read_or_refused(text: str) -> None:
    try:
        read = read_snapshot(text, "thing")
    except ValueError:
        return
    assert isinstance(read, Snapshot)


@given(st.text(max_size=60))
def test_any_text_as_a_time_is_read_or_refused(text: str) -> None:
    try:
        assert parse_time(text).utcoffset() == timedelta(0)
    except ValueError:
        return
