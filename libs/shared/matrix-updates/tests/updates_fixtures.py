"""Fixtures of all tests: a repository in which everything is current, and the program beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Tuple

import pytest

from matrix_updates import cli
from updates_world import World, environment, make_world

Command = Callable[..., Tuple[int, str, str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A repository in which everything is current."""
    made = make_world(tmp_path)
    enter(made, monkeypatch)
    return made


def enter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.checkout)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name, value in environment(world).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the program as `main` does; returns exit code, stdout and stderr."""

    def command(*arguments: object) -> Tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture
def prepare(world: World, run: Command) -> Callable[..., Tuple[int, str, str]]:
    """Prepares without asking anybody on the network."""

    def command(*arguments: object) -> Tuple[int, str, str]:
        return run("prepare", "--output", world.output, "--advisories=off", *arguments)

    return command


@pytest.fixture
def publish(world: World, run: Command) -> Callable[..., Tuple[int, str, str]]:
    def command(*arguments: object) -> Tuple[int, str, str]:
        return run("publish", world.output, *arguments)

    return command


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a real index: each that wants one puts its own in place."""
    from matrix_updates.prepare.index_facts import NoIndex

    monkeypatch.setattr(cli, "open_index", lambda: NoIndex("no index in this test"))
