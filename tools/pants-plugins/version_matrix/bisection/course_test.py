"""Searches on worlds that are known."""

from __future__ import annotations

from typing import Callable, Generator, Mapping, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.bisection.blame import blame
from version_matrix.bisection.course import Environment, Finding, Turn, bisection
from version_matrix.bisection.differences import Delta
from version_matrix.bisection.first_bad import Edge, first_bad
from version_matrix.bisection.probes import Outcome, Probe, Seen

PASSED, FAILED, IMPOSSIBLE = Outcome.PASSED, Outcome.FAILED, Outcome.IMPOSSIBLE

Question = TypeVar("Question")
Said = TypeVar("Said")
Answer = TypeVar("Answer")


def run(
    search: Generator[Question, Said, Answer], say: Callable[[Question], Said]
) -> tuple[Answer, list[Question]]:
    """What a search finds, and what it asked."""
    asked: list[Question] = []
    try:
        question = next(search)
        while True:
            asked.append(question)
            question = search.send(say(question))
    except StopIteration as stop:
        return stop.value, asked


@given(st.lists(st.sampled_from([PASSED, IMPOSSIBLE]), max_size=30), st.data())
def test_the_edge_is_where_it_turns(before: list[Outcome], data: st.DataObject) -> None:
    after = data.draw(st.lists(st.sampled_from([FAILED, IMPOSSIBLE]), max_size=30))
    world = [PASSED, *before, *after, FAILED]
    edge, asked = run(first_bad(range(len(world))), lambda step: world[step[0]])
    assert world[edge.good] is PASSED and world[edge.bad] is FAILED
    assert edge.between == tuple(range(edge.good + 1, edge.bad))
    assert all(world[step] is IMPOSSIBLE for step in edge.between)
    assert len(asked) == len(set(asked))
    if IMPOSSIBLE not in world:
        assert len(asked) <= len(world).bit_length()


@pytest.mark.parametrize(
    ("world", "edge"),
    [
        ("+-", Edge(0, 1)),
        ("++--", Edge(1, 2)),
        ("+????-", Edge(0, 5, (1, 2, 3, 4))),
        ("+?-?-", Edge(0, 2, (1,))),
    ],
)
def test_edges(world: str, edge: Edge[int]) -> None:
    means = {"+": PASSED, "-": FAILED, "?": IMPOSSIBLE}
    assert run(first_bad(range(len(world))), lambda step: means[world[step[0]]])[0] == edge


MANY = tuple("abcdefghijkl")
culprits = st.lists(st.sampled_from(MANY), min_size=1, max_size=3, unique=True).map(frozenset)
needs = st.dictionaries(st.sampled_from(MANY), st.sampled_from(MANY), max_size=6)


@given(culprits)
def test_culprits_are_found_be_they_one_or_more_together(guilty: frozenset[str]) -> None:
    found, asked = run(blame(MANY), lambda some: FAILED if guilty <= some else PASSED)
    assert (frozenset(found.guilty), found.comes_along) == (guilty, ())
    assert len(asked) == len(set(asked)) <= len(MANY) ** 2


@given(culprits, needs)
def test_what_does_not_resolve_is_not_blamed(
    guilty: frozenset[str], needed: Mapping[str, str]
) -> None:
    def world(some: frozenset[str]) -> Outcome:
        if any(each in some and other not in some for each, other in needed.items()):
            return IMPOSSIBLE
        return FAILED if guilty <= some else PASSED

    found, _ = run(blame(MANY), world)
    taken = {*found.guilty, *found.comes_along}
    assert world(frozenset(taken)) is FAILED and guilty <= taken
    for each in taken:
        assert world(frozenset(taken - {each})) is not FAILED
    for each in found.comes_along:
        assert world(frozenset(taken - {each})) is IMPOSSIBLE
    if found.comes_along:
        assert set(found.guilty) <= guilty


def test_no_difference_has_no_culprit() -> None:
    assert run(blame(()), lambda some: PASSED)[0].guilty == ()


# A world of packages: a lock is its pins, `name==version` by blanks.


def pins(lock: str) -> dict[str, str]:
    return dict(pin.split("==") for pin in lock.split())


class World:
    """Resolves and runs: newest of everything, but for what is kept, held or barred."""

    def __init__(
        self,
        newest: Mapping[str, str],
        fails: Callable[[Mapping[str, str]], bool],
        barred: Callable[[Mapping[str, str]], bool] = lambda env: False,
        forces: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda env: {},
    ) -> None:
        self.newest, self.fails, self.barred, self.forces = newest, fails, barred, forces

    def __call__(self, probe: Probe) -> Seen:
        kept, held = pins(probe.kept), pins(" ".join(probe.held))
        env = {**self.newest, **kept, **held, **dict(probe.releases)}
        forced = self.forces(env)
        if any(held.get(name, version) != version for name, version in forced.items()):
            return Seen(IMPOSSIBLE)
        env.update(forced)
        if self.barred(env):
            return Seen(IMPOSSIBLE)
        lock = " ".join(f"{name}=={version}" for name, version in sorted(env.items()))
        return Seen(FAILED, lock, "test_it") if self.fails(env) else Seen(PASSED, lock)


LADDER = tuple(f"1.{minor}" for minor in range(10))


def search(
    world: World, good: str = "pkg==1.0 x==1 y==1", bad: str = "pkg==1.9 x==2 y==2"
) -> tuple[Finding, list[Probe]]:
    members = [name for name in ("pkg", "axis") if name in pins(good)]
    passing, failing = (
        Environment(tuple((name, pins(lock)[name]) for name in members), lock)
        for lock in (good, bad)
    )
    return run(bisection(passing, failing, {"pkg": LADDER, "axis": LADDER}, pins), world)


def at_least(version: str, floor: str) -> bool:
    return float(version) >= float(floor)


def test_the_release_of_the_package_itself() -> None:
    world = World({"x": "2", "y": "2"}, lambda env: at_least(env["pkg"], "1.6"))
    finding, asked = search(world)
    assert finding.turns == (Turn("pkg", "1.5", "1.6"),)
    assert finding.blame.guilty == (Delta("pkg", "1.5", "1.6"),)
    assert finding.bad.failing_test == "test_it"
    # Of the pins that pass, so that nothing else differs.
    assert pins(finding.bad.lock) == {"pkg": "1.6", "x": "1", "y": "1"}
    assert len(asked) <= 5


def test_a_pin_and_not_the_package() -> None:
    world = World({"x": "2", "y": "2"}, lambda env: env["x"] == "2")
    finding, _ = search(world)
    assert finding.turns == ()
    assert finding.blame.guilty == (Delta("x", "1", "2"),)


def test_two_pins_together() -> None:
    world = World({}, lambda env: env["x"] == "2" and env["y"] == "2")
    finding, _ = search(world, "pkg==1.0 x==1 y==1 z==1", "pkg==1.9 x==2 y==2 z==2")
    assert finding.blame.guilty == (Delta("x", "1", "2"), Delta("y", "1", "2"))


def test_a_release_together_with_a_pin() -> None:
    world = World({}, lambda env: at_least(env["pkg"], "1.6") and env["x"] == "2")
    finding, _ = search(world)
    assert finding.turns == (Turn("pkg", "1.5", "1.6"),)
    assert finding.blame.guilty == (Delta("pkg", "1.5", "1.6"), Delta("x", "1", "2"))


def test_a_pin_that_the_first_bad_release_needs_is_to_blame() -> None:
    world = World(
        {},
        lambda env: env["x"] == "2",
        forces=lambda env: {"x": "2"} if at_least(env["pkg"], "1.4") else {},
    )
    finding, _ = search(world, bad="pkg==1.9 x==2 y==1")
    assert finding.turns == (Turn("pkg", "1.3", "1.4"),)
    assert finding.blame.guilty == (Delta("x", "1", "2"),)


def test_a_pin_that_comes_along_is_not_to_blame() -> None:
    world = World(
        {},
        lambda env: at_least(env["pkg"], "1.4"),
        forces=lambda env: {"x": "2"} if at_least(env["pkg"], "1.4") else {},
    )
    finding, _ = search(world, bad="pkg==1.9 x==2 y==1")
    assert finding.blame.guilty == (Delta("pkg", "1.3", "1.4"),)
    assert finding.blame.comes_along == (Delta("x", "1", "2"),)


def test_releases_that_cannot_be_locked_are_named_and_not_blamed() -> None:
    world = World(
        {},
        lambda env: at_least(env["pkg"], "1.6"),
        barred=lambda env: env["pkg"] in ("1.4", "1.5", "1.6"),
    )
    finding, _ = search(world)
    assert finding.turns == (Turn("pkg", "1.3", "1.7", ("1.4", "1.5", "1.6")),)


def test_pins_that_the_bad_release_cannot_have_are_left_where_they_are() -> None:
    """The bad end has no lock with the older pins: the good end is tried with the newer ones."""
    world = World(
        {},
        lambda env: env["x"] == "2",
        barred=lambda env: env["pkg"] == "1.9" and env["x"] == "1",
    )
    finding, _ = search(world)
    assert (finding.turns, finding.blame.guilty) == ((), (Delta("x", "1", "2"),))


@pytest.mark.parametrize(
    ("fails", "turns"),
    [
        (lambda env: at_least(env["axis"], "1.3"), [Turn("axis", "1.2", "1.3")]),
        (lambda env: at_least(env["pkg"], "1.8"), [Turn("pkg", "1.7", "1.8")]),
        (
            lambda env: at_least(env["pkg"], "1.8") and at_least(env["axis"], "1.3"),
            [Turn("axis", "1.2", "1.3"), Turn("pkg", "1.7", "1.8")],
        ),
    ],
)
def test_which_member_of_a_suite_with_axes(
    fails: Callable[[Mapping[str, str]], bool], turns: list[Turn]
) -> None:
    finding, _ = search(World({}, fails), "axis==1.0 pkg==1.0 x==1", "axis==1.9 pkg==1.9 x==2")
    assert sorted(finding.turns, key=lambda turn: turn.member) == turns
    moved = {turn.member: turn.bad for turn in turns}
    assert dict(finding.bad.releases) == {"axis": "1.0", "pkg": "1.0", **moved}
    assert "x" not in {delta.project for delta in finding.blame.guilty}


def test_a_member_that_another_cannot_do_without_is_not_blamed() -> None:
    world = World(
        {},
        lambda env: at_least(env["axis"], "1.6"),
        barred=lambda env: at_least(env["axis"], "1.4") and not at_least(env["pkg"], "1.5"),
    )
    finding, _ = search(world, "axis==1.0 pkg==1.0 x==1", "axis==1.9 pkg==1.9 x==2")
    assert finding.turns == (Turn("axis", "1.5", "1.6"),)
    assert dict(finding.good.releases) == {"axis": "1.5", "pkg": "1.9"}
    assert finding.blame.guilty == (Delta("axis", "1.5", "1.6"),)


@given(
    st.sampled_from(LADDER[1:]),
    st.sampled_from(LADDER[1:]),
    st.sampled_from(LADDER),
    st.sampled_from(LADDER),
)
def test_what_fails_is_found_whatever_does_not_go_together(
    bad_axis: str, bad_pkg: str, wants_from: str, wants: str
) -> None:
    """The axis wants some release of the package from one of its own on."""

    def fails(env: Mapping[str, str]) -> bool:
        return at_least(env["axis"], bad_axis) and at_least(env["pkg"], bad_pkg)

    world = World(
        {},
        fails,
        barred=lambda env: at_least(env["axis"], wants_from) and not at_least(env["pkg"], wants),
    )
    finding, _ = search(world, "axis==1.0 pkg==1.0 x==1", "axis==1.9 pkg==1.9 x==2")
    good, bad = dict(finding.good.releases), dict(finding.bad.releases)
    assert fails(bad) and not fails(good)
    moved = {name for name in good if good[name] != bad[name]}
    told = {turn.member: turn for turn in finding.turns}
    assert moved <= set(told)
    # What is told as the first bad release is one, unless others between could not be had.
    floors = {"axis": bad_axis, "pkg": bad_pkg}
    for name, turn in told.items():
        assert turn.bad == floors[name] or floors[name] in turn.between or name not in moved


@given(
    st.sampled_from(LADDER[1:]),
    st.sampled_from(LADDER[1:]),
    st.sets(st.sampled_from(["pkg", "axis", "x", "y", "z"]), min_size=1, max_size=2),
)
def test_whatever_is_guilty_is_found(first: str, second: str, guilty: set[str]) -> None:
    floors = {"pkg": first, "axis": second, "x": "2", "y": "2", "z": "2"}

    def fails(env: Mapping[str, str]) -> bool:
        return all(at_least(env[name], floors[name]) for name in guilty)

    finding, _ = search(
        World({}, fails),
        "axis==1.0 pkg==1.0 x==1 y==1 z==1",
        "axis==1.9 pkg==1.9 x==2 y==2 z==2",
    )
    found = {turn.member: turn.bad for turn in finding.turns}
    blamed = {delta.project: delta.bad for delta in finding.blame.guilty}
    assert {**found, **blamed} == {name: floors[name] for name in guilty}
    assert fails(pins(finding.bad.lock)) and not fails(pins(finding.good.lock))
