"""Releases of several packages tested together: chosen, not multiplied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from release_sampler import (
    Combine,
    Policy,
    Previous,
    Refusal,
    Release,
    SamplerError,
    Sampling,
    Snapshot,
    Suite,
    sample_suite,
)
from release_sampler.choice.covering import all_pairs, covering_rows, pairs_of
from sampler_examples import examples
from sampler_makers import AS_OF, days_ago, policy, release, snapshot

THREE = policy(pythons=("3.9", "3.10", "3.11"))


def requiring(version: str, *requires: str, days: float = 700, python: str = ">=3.8") -> Release:
    made = release(version, uploaded=days_ago(days), requires_python=python, pythons=())
    return replace(made, requires=requires)


def together(
    snapshots: Mapping[str, Iterable[str | Release]],
    combine: Combine | None = None,
    *,
    previous: Sampling | None = None,
    refusals: Iterable[Refusal] = (),
    rules: Policy = THREE,
    suite: Suite | None = None,
) -> Sampling:
    first, *axes = snapshots
    suite = suite or Suite(first, axes=tuple(axes), combine=combine)
    made = {name: snapshot(releases, name) for name, releases in snapshots.items()}
    before = Previous({}) if previous is None else _as_previous(first, previous)
    return sample_suite(suite, rules, made, before, AS_OF, refusals)


def _as_previous(first: str, sampling: Sampling) -> Previous:
    every = {first: sampling, **sampling.axes}
    versions = {name: tuple(s.version for s in one.samples) for name, one in every.items()}
    return Previous(versions, sampling.combinations)


def told(sampling: Sampling) -> dict[str, str]:
    """Versions, joined -> role."""
    return {
        " ".join(version for _, version in combination.releases): combination.role
        for combination in sampling.combinations
    }


class TestCorners:
    """What people have, and what the metadata promises."""

    DRF = [
        requiring("3.12.0", days=2000),
        requiring("3.14.0", days=1000),
        requiring("3.16.0", days=100),
    ]
    DJANGO = [
        requiring("3.2.0", days=1900),
        requiring("4.2.0", days=900),
        requiring("5.2.0", days=200),
    ]

    def test_floors_newest_each_floor_and_each_sample_with_its_contemporaries(self) -> None:
        assert told(together({"drf": self.DRF, "django": self.DJANGO})) == {
            "3.12.0 3.2.0": "all floors",
            "3.12.0 5.2.0": "the floor of drf",
            "3.14.0 3.2.0": "drf 3.14.0 with its contemporaries",
            "3.16.0 3.2.0": "the floor of django",
            "3.16.0 5.2.0": "all newest",
            # When it came, 3.14.0 was there.
            "3.14.0 4.2.0": "django 4.2.0 with its contemporaries",
        }

    def test_what_the_metadata_excludes_is_replaced_by_the_nearest(self) -> None:
        old = [replace(release, requires=("Django<5",)) for release in self.DRF[:2]]
        sampling = together({"drf": [*old, self.DRF[2]], "django": self.DJANGO})
        roles = told(sampling)
        assert roles["3.12.0 4.2.0"] == "the floor of drf, the nearest that goes"
        assert "3.12.0 5.2.0" not in roles
        (impossible,) = sampling.impossible
        assert impossible.releases == (("drf", "3.12.0"), ("django", "5.2.0"))
        assert impossible.reason == "drf 3.12.0 with django 5.2.0: drf 3.12.0 wants django<5"

    def test_what_the_resolver_refuses_is_replaced_too(self) -> None:
        refusal = Refusal((("django", "5.2.0"), ("drf", "3.16.0")), None, "sqlparse clashes")
        sampling = together({"drf": self.DRF, "django": self.DJANGO}, refusals=[refusal])
        assert "3.16.0 5.2.0" not in told(sampling) and sampling.refusals == (refusal,)
        assert told(sampling)["3.16.0 4.2.0"] == "all newest, the nearest that goes"
        assert sampling.impossible[0].reason.endswith(": sqlparse clashes")

    def test_a_python_that_the_resolver_refuses_is_left_out(self) -> None:
        refusal = Refusal((("django", "3.2.0"), ("drf", "3.12.0")), "3.9", "no wheel")
        floors = together({"drf": self.DRF, "django": self.DJANGO}, refusals=[refusal])
        # Nothing of 2021 claims more than 3.9: it is tried on the oldest that is left.
        assert (floors.combinations[0].pythons, floors.combinations[0].trials) == (("3.10",),) * 2

    def test_floors_that_never_go_together_are_an_error_with_the_lowest_that_do(self) -> None:
        drf = [replace(release, requires=("django>=4",)) for release in self.DRF]
        with pytest.raises(SamplerError) as raised:
            together({"drf": drf, "django": self.DJANGO})
        assert str(raised.value) == (
            "drf: the floors do not go together: drf 3.12.0 with django 3.2.0: "
            "drf 3.12.0 wants django>=4; the lowest samples that do are drf>=3.12.0, django>=4.2.0"
        )

    def test_no_combination_at_all_is_an_error(self) -> None:
        drf = [replace(release, requires=("django>=9",)) for release in self.DRF]
        with pytest.raises(SamplerError, match="wants django>=9; no samples of them do"):
            together({"drf": drf, "django": self.DJANGO})

    def test_pythons_that_not_all_admit_are_told(self) -> None:
        with pytest.raises(
            SamplerError,
            match="no target Python that all of them go with .a 1.0 goes with 3.9; b 1",
        ):
            together(
                {"a": [requiring("1.0", python="<3.10")], "b": [requiring("1", python=">=3.10")]}
            )

    def test_a_requirement_counts_where_its_marker_and_extra_do(self) -> None:
        lines = (
            "django<4; python_version < '3.10'",
            "django<1; extra == 'old'",
            "django<1; sys_platform == 'win32'",
            "not a requirement!",
        )
        snapshots = {"drf": [requiring("1.0", *lines)], "django": [requiring("4.0")]}
        sampling = together(snapshots)
        assert [one.pythons for one in sampling.combinations] == [("3.10", "3.11")]
        suite = Suite("drf[old]", axes=("django",))
        with pytest.raises(SamplerError, match="drf 1.0 wants django<1"):
            together(snapshots, suite=suite)

    def test_a_yanked_partner_is_no_partner(self) -> None:
        django = [*self.DJANGO, replace(requiring("6.0"), yanked="bad")]
        sampling = together({"drf": self.DRF, "django": django})
        assert sampling.axes["django"].verdicts["6.0"] == "yanked: bad"
        assert not any("6.0" in versions.split() for versions in told(sampling))

    def test_pythons_are_those_that_all_members_have(self) -> None:
        sampling = together(
            {
                "a": [replace(requiring("1.0"), pythons=("3.9", "3.10", "3.11"))],
                "b": [replace(requiring("1.0"), pythons=("3.9", "3.10"))],
            }
        )
        (only,) = sampling.combinations
        assert (only.pythons, only.trials) == (("3.9", "3.10", "3.11"), ("3.11",))

    def test_notes_of_axes_name_them(self) -> None:
        made: dict[str, list[str | Release]] = {
            "a": ["1.0"],
            "b": ["1.0", release("0.9", files=("sdist",))],
        }
        suite = Suite("a", axes=("b>=0.9",))
        (note,) = together(made, suite=suite).notes
        assert note.startswith("b: the floor 0.9 is not tested")


def test_a_new_release_of_an_axis_changes_what_it_must() -> None:
    """The combinations without the axis' newest stay."""
    drf, django = TestCorners.DRF, TestCorners.DJANGO
    before = together({"drf": drf, "django": django}, Combine.PAIRS)
    grown = [*django, requiring("5.3.0", days=50)]
    after = together({"drf": drf, "django": grown}, Combine.PAIRS, previous=before)
    kept = {one.releases for one in before.combinations} & {
        one.releases for one in after.combinations
    }
    new = {one.releases for one in after.combinations} - kept
    sampled = {sample.version for sample in after.axes["django"].samples}
    assert all(dict(releases)["django"] == "5.3.0" for releases in new)
    gone = {one.releases for one in before.combinations} - kept
    assert all(dict(releases)["django"] not in sampled for releases in gone)


@pytest.mark.parametrize("axis", ["Thing>=2", "other[x]"])
def test_an_axis_is_another_package_named_once(axis: str) -> None:
    with pytest.raises(SamplerError, match="axes: .* is there twice: expected packages other than"):
        Suite("thing", axes=(axis, "other"))


def test_an_axis_is_a_requirement() -> None:
    with pytest.raises(SamplerError, match="malformed requirement 'oth er'"):
        Suite("thing", axes=("oth er",))


def test_an_axis_that_each_release_pins_leaves_no_choice() -> None:
    pinning = [requiring(f"2.{n}", f"core=={n}.0", days=900 - n) for n in range(3)]
    core = [requiring(f"{n}.0", days=901 - n) for n in range(3)]
    with pytest.raises(SamplerError) as raised:
        together({"pydantic": pinning, "core": core})
    assert "core leaves no choice" in str(raised.value)
    assert "(2.0 wants core==0.0): leave it out" in str(raised.value)
    # Where one release has a choice, so has the suite.
    free = [*pinning, requiring("2.3", "core>=0", days=800)]
    assert together({"pydantic": free, "core": core}).combinations


def test_what_the_resolver_said_is_told_once() -> None:
    """Its reason begins with what it is about."""
    why = "drf 1.0.0 with django 1.0.0: h11>=2 is asked for"
    refusal = Refusal((("django", "1.0.0"), ("drf", "1.0.0")), None, why)
    releases = ["1.0.0", "2.0.0"]
    with pytest.raises(SamplerError) as raised:
        together({"drf": releases, "django": releases}, refusals=[refusal])
    assert f"the floors do not go together: {why}; the lowest samples" in str(raised.value)


def test_a_python_on_which_nothing_is_tested_together_is_told() -> None:
    old, new = requiring("1.0.0", python=">=3.9,<3.11"), requiring("2.0.0", python=">=3.10")
    apart = {"drf": [requiring("1.0.0", "django<2"), requiring("2.0.0", "django<2")]}
    assert together({**apart, "django": [old, new]}).uncovered == {
        "3.11": "nothing that is tested together goes with Python 3.11"
    }
    older = [old, requiring("1.1.0", python=">=3.9,<3.11")]
    assert together({**apart, "django": older}).uncovered == {
        "3.11": "no sample of django admits Python 3.11"
    }
    assert together({**apart, "django": ["1.0.0", "1.1.0"]}).uncovered == {}


def test_all_has_a_bound() -> None:
    many = [requiring(f"{n}.0") for n in range(20)]
    rules = replace(THREE, samples=20, max_majors=20)
    with pytest.raises(SamplerError, match="'all' makes 400 combinations, and more than 200"):
        together({"a": many, "b": many}, Combine.ALL, rules=rules)
    axes = {name: many for name in "abcdefghij"}
    with pytest.raises(SamplerError, match="more than 2000 combinations: combine by pairs or corn"):
        together(axes, Combine.ALL, rules=rules)


def test_ten_axes_have_corners() -> None:
    axes = {name: [requiring("1.0"), requiring("2.0")] for name in "abcdefghijk"}
    assert len(together(axes).combinations) == 13


# Whatever the packages are.


@dataclass(frozen=True)
class _World:
    snapshots: Mapping[str, Snapshot]
    refusals: tuple[Refusal, ...]
    samples: int

    def sampled(self, combine: Combine, previous: Sampling | None = None) -> Sampling | None:
        first, *axes = self.snapshots
        suite = Suite(first, axes=tuple(axes), combine=combine)
        rules = replace(THREE, samples=self.samples)
        before = Previous({}) if previous is None else _as_previous(first, previous)
        try:
            return sample_suite(suite, rules, self.snapshots, before, AS_OF, self.refusals)
        except SamplerError:
            return None

    def go(self, releases: Mapping[str, str], python: str) -> bool:
        """The rules once more, release by release."""
        found = {
            name: next(r for r in self.snapshots[name].releases if r.version == version)
            for name, version in releases.items()
        }
        for r in found.values():
            if f"{python}.0" not in SpecifierSet(r.requires_python or ""):
                return False
            for line in r.requires or ():
                wanted = Requirement(line)
                marker = re.search(r"python_version < '3\.10'", line)
                if wanted.name in found and (marker is None or python == "3.9"):
                    if found[wanted.name].version not in wanted.specifier:
                        return False
        return not any(
            set(refusal.releases) <= set(releases.items()) and refusal.python in (None, python)
            for refusal in self.refusals
        )

    def cells(self, sampling: Sampling) -> set[tuple[tuple[str, ...], str]]:
        """All that could be tested of the samples."""
        return {
            (versions, python)
            for versions in product(*_versions(sampling))
            for python in THREE.minors
            if self.go(dict(zip(self.snapshots, versions)), python)
        }


def _versions(sampling: Sampling) -> list[list[str]]:
    return [[s.version for s in one.samples] for one in (sampling, *sampling.axes.values())]


_NAMES = ("a", "b", "c")


@st.composite
def worlds(draw: st.DrawFn) -> _World:
    names = _NAMES[: draw(st.integers(2, 3))]

    def made(name: str, number: int) -> Release:
        others = [other for other in names if other != name]
        requires = draw(
            st.lists(
                st.builds(
                    "{}{}{}.0{}".format,
                    st.sampled_from(others),
                    st.sampled_from(["<", ">=", "!="]),
                    st.integers(0, 5),
                    st.sampled_from(["", "", "; python_version < '3.10'"]),
                ),
                max_size=1,
            )
        )
        python = draw(st.sampled_from([">=3.8", ">=3.8", ">=3.8", ">=3.10", "<3.11"]))
        days = draw(st.integers(10, 900))
        return requiring(f"{number}.0", *requires, python=python, days=days)

    snapshots = {
        name: snapshot([made(name, n) for n in range(draw(st.integers(1, 5)))], name)
        for name in names
    }
    whole = [
        tuple((name, draw(st.sampled_from(snapshots[name].releases)).version) for name in names)
        for _ in range(draw(st.integers(0, 2)))
    ]
    pythons = st.sampled_from([None, "3.9", "3.11"])
    refusals = tuple(Refusal(releases, draw(pythons), "refused") for releases in whole)
    return _World(snapshots, refusals, draw(st.integers(2, 5)))


@given(worlds(), st.sampled_from(Combine))
@examples(80)
def test_every_combination_goes_and_is_a_fixed_point(world: _World, combine: Combine) -> None:
    sampling = world.sampled(combine)
    assume(sampling is not None)
    assert sampling is not None
    for one in sampling.combinations:
        assert one.pythons and all(world.go(dict(one.releases), p) for p in one.pythons)
    assert world.sampled(combine, previous=sampling) == sampling
    assert len(told(sampling)) == len(sampling.combinations)


@given(worlds())
@examples(80)
def test_floors_are_in_or_an_error(world: _World) -> None:
    sampling = world.sampled(Combine.CORNERS)
    floors = {name: one.releases[0].version for name, one in world.snapshots.items()}
    if not any(world.go(floors, python) for python in THREE.minors):
        # The lowest release may be none that a target Python admits; then it is no floor.
        assert sampling is None or tuple(floors.values()) != tuple(
            v[0] for v in _versions(sampling)
        )
        return
    assert sampling is not None and " ".join(floors.values()) in told(sampling)


@given(worlds())
@examples(80)
def test_corners_have_every_sample_that_goes_with_any_other(world: _World) -> None:
    sampling = world.sampled(Combine.CORNERS)
    assume(sampling is not None)
    assert sampling is not None
    able = {versions for versions, _ in world.cells(sampling)}
    for place, versions in enumerate(_versions(sampling)):
        for version in versions:
            goes = any(each[place] == version for each in able)
            assert goes is any(text.split()[place] == version for text in told(sampling))
    newest = " ".join(versions[-1] for versions in _versions(sampling))
    assert (newest in told(sampling)) is (tuple(newest.split()) in able)
    assert len(sampling.combinations) <= 2 + len(world.snapshots) + sum(
        map(len, _versions(sampling))
    )


@given(worlds())
@examples(80)
def test_every_possible_pair_is_covered_and_every_other_named(world: _World) -> None:
    sampling = world.sampled(Combine.PAIRS)
    assume(sampling is not None)
    assert sampling is not None

    def pairs(cells: Iterable[tuple[tuple[str, ...], str]]) -> set[object]:
        rows = ([*zip(world.snapshots, versions), ("", python)] for versions, python in cells)
        return {pair for row in rows for pair in combinations(row, 2)}

    had = pairs(
        (tuple(version for _, version in one.releases), python)
        for one in sampling.combinations
        for python in one.pythons
    )
    possible = pairs(world.cells(sampling))
    assert had == possible
    everything = pairs(
        (v, python) for v in product(*_versions(sampling)) for python in THREE.minors
    )
    named = {
        (*one.releases, ("", one.python)) if one.python else one.releases
        for one in sampling.impossible
    }
    assert named == everything - possible


@given(worlds())
@examples(50)
def test_all_are_all(world: _World) -> None:
    sampling = world.sampled(Combine.ALL)
    assume(sampling is not None)
    assert sampling is not None
    able = {" ".join(versions) for versions, _ in world.cells(sampling)}
    assert set(told(sampling)) == able
    product_of_all = {" ".join(versions) for versions in product(*_versions(sampling))}
    excluded = {" ".join(v for _, v in one.releases) for one in sampling.impossible}
    assert excluded == product_of_all - able


@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=4),
    st.sets(st.integers(0, 400), max_size=60),
)
@examples(50)
def test_rows_cover_what_can_be_had_and_none_is_idle(sizes: list[int], bad: set[int]) -> None:
    factors = {f"f{n}": [f"{n}.{v}" for v in range(size)] for n, size in enumerate(sizes)}
    every = sorted(all_pairs(factors))
    excluded = {pair for number, pair in enumerate(every) if number in bad}

    def goes(row: Mapping[str, str]) -> bool:
        return not pairs_of(row) & excluded

    whole = [dict(zip(factors, values)) for values in product(*factors.values())]
    possible = {pair for row in whole if goes(row) for pair in pairs_of(row)}
    rows, never = covering_rows(factors, goes, ())
    assert {pair for row in rows for pair in pairs_of(row)} == possible
    assert never == set(every) - possible
    for row in rows:
        others = {pair for other in rows if other is not row for pair in pairs_of(other)}
        assert pairs_of(row) - others
    assert covering_rows(factors, goes, rows) == (rows, never)
