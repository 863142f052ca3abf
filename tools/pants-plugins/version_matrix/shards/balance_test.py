from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.shards.balance import LONGEST, jobs, shared
from version_matrix.shards.work import Job, Kind, Unit, total

LINUX, MAC = Kind("linux-x86_64-glibc2.28", True), Kind("macos-arm64-14.0", True)
TRIALS = Kind("linux-x86_64-glibc2.28", False)

work_of_all = st.lists(
    st.builds(
        lambda seconds, family: (seconds, family),
        st.floats(0, 1_000, allow_nan=False),
        st.sampled_from("abcdefgh"),
    ),
    max_size=80,
).map(lambda some: [Unit((f"t{n}",), s, f) for n, (s, f) in enumerate(some)])


def names(shards: "tuple[tuple[Unit, ...], ...]") -> "Counter[str]":
    return Counter(name for shard in shards for unit in shard for name in unit.addresses)


@given(work_of_all, st.integers(1, 20))
def test_each_test_is_in_one_shard_and_no_shard_is_empty(units: list[Unit], count: int) -> None:
    shards = shared(units, count)
    assert names(shards) == Counter(f"t{n}" for n in range(len(units)))
    assert len(shards) == min(count, len(units)) and all(shards)


@given(work_of_all, st.integers(1, 20))
def test_the_longest_shard_is_as_long_as_it_must_be(units: list[Unit], count: int) -> None:
    shards = shared(units, count)
    if not shards:
        return
    mean, largest = total(units) / len(shards), max(unit.seconds for unit in units)
    longest = max(map(total, shards))
    # What Graham's list scheduling promises of units of any size,
    assert longest <= mean + largest + 1e-6
    if largest <= (LONGEST - 1) * mean:
        # and what follows where none is large.
        assert longest <= LONGEST * mean + 1e-6


def test_a_family_stays_together_as_far_as_it_is_small() -> None:
    units = [Unit((f"{family}{n}",), 1, family) for family in "abcdefghij" for n in range(3)]
    for shard in shared(units, 2):
        families = Counter(unit.family for unit in shard)
        assert set(families.values()) == {3}


@given(
    st.dictionaries(st.sampled_from([LINUX, MAC, TRIALS]), work_of_all),
    st.integers(1, 20),
    st.sampled_from([0.0, 1.0, 120.0]),
)
def test_every_kind_has_all_its_tests_in_no_more_jobs_than_allowed(
    work: "dict[Kind, list[Unit]]", most: int, worth: float
) -> None:
    made = jobs(work, most=most, worth=worth)
    kinds = {kind for kind, units in work.items() if units}
    assert len(made) <= max(most, len(kinds))
    assert {job.kind for job in made} == kinds
    for kind in kinds:
        assert names(tuple(job.units for job in made if job.kind == kind)) == Counter(
            f"t{n}" for n in range(len(work[kind]))
        )


@pytest.mark.parametrize(
    ("most", "worth", "counts"),
    [
        # As many as there are, to whom has most to do.
        (10, 0, {LINUX: 6, MAC: 3, TRIALS: 1}),
        (1, 0, {LINUX: 1, MAC: 1, TRIALS: 1}),
        # No more than are worth their start.
        (10, 300, {LINUX: 2, MAC: 1, TRIALS: 1}),
    ],
)
def test_how_many_jobs_each_kind_gets(most: int, worth: float, counts: "dict[Kind, int]") -> None:
    def some(number: int) -> list[Unit]:
        return [Unit((f"t{n}",), 10, f"{n}") for n in range(number)]

    made = jobs({LINUX: some(60), MAC: some(30), TRIALS: some(1)}, most=most, worth=worth)
    assert Counter(job.kind for job in made) == counts


def test_nothing_to_do_is_no_job() -> None:
    assert jobs({}, most=8, worth=120) == jobs({LINUX: []}, most=8, worth=120) == ()


def test_a_job_lasts_as_long_as_its_units() -> None:
    assert Job(LINUX, (Unit(("a",), 1, "f"), Unit(("b",), 2.5, "f"))).seconds == 3.5
