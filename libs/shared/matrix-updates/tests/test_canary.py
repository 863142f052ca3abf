"""What a fresh install would get today, told and never committed."""

from __future__ import annotations

import json
from typing import Callable, Tuple

import pytest

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
    report = queue_breaks.room / "canary.json"
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


def test_it_resolves_as_of_now_and_tests_the_newest_sample(world: World, run: Command) -> None:
    world.says("alpha", files=suite_files("alpha", {"1.0": {}, "1!2.0": {"helper": "2.0"}}))
    code, out, _ = run("canary", "--only", "alpha")
    assert (code, out) == (0, "alpha 1!2.0: green, 2 of 2 cells pass today\n")
    calls = world.calls("pants")
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
