"""What a fresh install would get today, told and never committed."""

from __future__ import annotations

import json
from typing import Callable, Dict, Optional, Tuple

import pytest

from matrix_updates.canary.canary import _newest
from matrix_updates.proposal.samples import Sample, SuiteState
from updates_world import World, address, goals, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]


@pytest.fixture
def queue_breaks(world: World) -> World:
    """A pin of alpha's newest sample has a release today that breaks it: its lock has 1.0."""
    world.says(
        "alpha",
        files=suite_files("alpha", {"1.0": {"helper": "2.0"}}),
        red={"1.0": "test_alpha::test_sends"},
        bisect={"release": "1.0", "cause": "its pin helper 2.0", "pins": ["helper 1.0 -> 2.0"]},
    )
    return world


def test_a_broken_transitive_release_is_red_and_named(queue_breaks: World, run: Command) -> None:
    report = queue_breaks.room / "dist" / "canary.json"
    code, out, err = run("canary", "--output", report)
    assert code == 4, err
    assert out.splitlines() == [
        "alpha 1.0: RED, 0 of 2 cells pass today",
        "  test_alpha::test_sends on Python 3.9",
        "  test_alpha::test_sends on Python 3.12",
        "  helper: tested with 1.0, installed today 2.0",
        "  first bad: 1.0, because of its pin helper 2.0",
        "beta 1.0: green, 2 of 2 cells pass today",
        "gamma 1.0: green, 2 of 2 cells pass today",
    ]
    document = json.loads(report.read_text())
    assert (document["kind"], len(document["suites"])) == ("canary", 3)
    (asked,) = [
        each["argv"] for each in queue_breaks.calls("pants") if "bisect-matrix" in each["argv"]
    ]
    assert asked[0] == "--version-matrix-cooldown-days=0"


def test_it_resolves_as_of_now_and_tests_the_newest_sample(world: World, run: Command) -> None:
    world.says("alpha", files=suite_files("alpha", {"1.0": {}, "1!2.0": {"helper": "2.0"}}))
    code, out, _ = run("canary", "--only", "alpha")
    assert (code, out) == (0, "alpha 1!2.0: green, 2 of 2 cells pass today\n")
    listed, *calls = world.calls("pants")
    assert listed["argv"] == ["matrix", "--format=json", "::"]
    assert calls[0]["argv"] == [
        "--version-matrix-cooldown-days=0",
        "generate-matrix",
        "--upgrade",
        address("alpha"),
    ]
    assert goals(calls)[1:] == [
        ("test", f"{address('alpha')}#1~2.0"),
        ("matrix-report", address("alpha")),
    ]


def test_nothing_is_committed(queue_breaks: World, run: Command) -> None:
    before = queue_breaks.git("rev-parse", "HEAD")
    run("canary")
    assert queue_breaks.git("rev-parse", "HEAD") == before
    assert queue_breaks.git("status", "--porcelain") == ""
    assert queue_breaks.git("worktree", "list").count("\n") == 0
    assert queue_breaks.branches() == []


def test_a_suite_that_cannot_be_locked_today_leaves_the_others(world: World, run: Command) -> None:
    world.says("beta", crash="index answers 503")
    code, out, _ = run("canary")
    assert code == 3
    assert "beta:matrix: failed: " in out and "index answers 503" in out
    assert out.count("green") == 2


def test_a_time_limit(world: World, run: Command) -> None:
    code, out, _ = run("canary", "--time-limit", "0")
    assert (code, out.count("left out")) == (3, 3)


@pytest.mark.parametrize(
    ("tiers", "newest"),
    [
        ({}, None),
        ({"1.0": "lowest", "2.0": "latest"}, "2.0"),
        ({"1.0": "lowest", "2.0": "latest", "3.0rc1": "prerelease"}, "2.0"),
        ({"1.0": "lowest", "2.0rc1": "prerelease"}, "1.0"),
        ({"lowest": "lowest", "highest": "highest"}, "highest"),
        ({"1@b=1": "all floors", "2@b=2": "all newest", "2@b=1": "the floor of b"}, "2@b=2"),
        ({"1@b=1": "all floors", "2@b=1": "all newest, the nearest that goes"}, "2@b=1"),
        ({"1@b=1": "pair", "2@b=2": "pair"}, "2@b=2"),
        ({"1.0rc1": "prerelease"}, "1.0rc1"),
    ],
)
def test_the_newest_sample(tiers: Dict[str, str], newest: Optional[str]) -> None:
    found = {name: Sample(name, tier, (), None) for name, tier in tiers.items()}
    assert _newest(SuiteState(found, {}, {})) == newest


URL = "https://forge.example/alpha/main.tar.gz"


def with_upstream(world: World, **about: object) -> None:
    """Alpha names an unreleased source, which wants another helper."""
    files = suite_files("alpha", {"1.0": {"helper": "1.5"}})
    path = next(each for each in files if each.endswith("1.0.lock"))
    files[path] = files[path].replace("alpha==1.0", f"alpha @ {URL}")
    world.says("alpha", upstream={"url": URL, "files": files, **about})


def test_an_unreleased_source_is_tried_beside_the_release(world: World, run: Command) -> None:
    with_upstream(world, red={"1.0": "test_alpha::test_sends"})
    report = world.room / "canary.json"
    code, out, err = run("canary", "--only", "alpha", "--output", report)
    assert code == 4, err
    assert out.splitlines() == [
        "alpha 1.0: green, 2 of 2 cells pass today",
        f"alpha with {URL}: RED, 0 of 2 cells pass today",
        "  test_alpha::test_sends on Python 3.9",
        "  test_alpha::test_sends on Python 3.12",
        "  helper: tested with 1.0, installed today 1.5",
    ]
    # The source is all that differs from what was tried before it.
    asked = [each["argv"] for each in world.calls("pants") if "generate-matrix" in each["argv"]]
    assert asked[1] == [
        "--version-matrix-cooldown-days=0",
        "--version-matrix-upstream=1.0",
        "generate-matrix",
        address("alpha"),
    ]
    document = json.loads(report.read_text())
    assert [each["upstream"] for each in document["upstreams"]] == [URL]
    assert [each["address"] for each in document["suites"]] == [address("alpha")]


def test_a_source_that_works_is_green(world: World, run: Command) -> None:
    with_upstream(world)
    code, out, _ = run("canary", "--only", "alpha")
    assert (code, out.count("green")) == (0, 2)


def test_a_source_that_cannot_be_had_is_named_and_the_release_stands(
    world: World, run: Command
) -> None:
    world.says("alpha", upstream={"url": URL, "crash": "404 Not Found"})
    code, out, _ = run("canary")
    assert (code, out.count("green")) == (3, 3)
    assert f"{address('alpha')} with {URL}: failed: " in out and "404 Not Found" in out


def test_prepare_never_asks_for_a_source(
    world: World, prepare: Callable[..., Tuple[int, str, str]]
) -> None:
    with_upstream(world, red={"1.0": "test_alpha::test_sends"})
    code, out, _ = prepare()
    assert (code, "0 proposals" in out) == (0, True)
    assert not [each for each in world.calls("pants") if "upstream" in " ".join(each["argv"])]
