"""Pins that are held and should not be: a proposal of their own, or told where nothing can be changed."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, Tuple

import pytest

from matrix_updates import cli
from matrix_updates.prepare.advisories import NoAdvisories
from matrix_updates.prepare.index_facts import NoIndex
from matrix_updates.proposal.advisories import Pin, Vulnerability
from updates_world import World, address, lock, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]


class Yanked(NoIndex):
    def problems(self) -> Tuple[str, ...]:
        return ()

    def withdrawn(self, project: str, version: str) -> str:
        return "is yanked: broken" if (project, version) == ("helper", "1.0") else ""


class Known(NoAdvisories):
    def of(self, pins: Iterable[Pin]) -> Dict[Pin, Tuple[Vulnerability, ...]]:
        return {pin: (Vulnerability("PYSEC-1"),) for pin in pins if pin == ("idna", "3.1")}


@pytest.fixture
def prepare(world: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr(cli, "open_index", lambda: Yanked(""))
    monkeypatch.setattr(cli, "open_advisories", lambda _: Known())

    def command(*only: str) -> Tuple[int, str, str]:
        chosen = [word for name in only for word in ("--only", name)]
        return run("prepare", "--output", world.output, *chosen)

    return command


def prepared(world: World) -> Any:
    return json.loads((world.output / "prepared.json").read_text())


def test_a_yanked_pin_is_replaced_where_nothing_else_is_new(
    world: World, prepare: Command, publish: Command
) -> None:
    world.says("alpha", files=suite_files("alpha", {"1.0": {"helper": "1.1"}}))
    assert prepare("alpha")[0] == 0
    (asked,) = [each["argv"] for each in world.calls("pants") if "generate-matrix" in each["argv"]]
    assert asked == ["generate-matrix", "--upgrade", address("alpha")]
    publish()
    request = world.requests()["alpha"]
    assert request["title"] == "Re-pin alpha"
    assert "- `helper` `1.0` → `1.1` in `1.0.lock`" in request["body"]
    assert prepared(world)["held"] == []


def test_what_cannot_be_changed_is_told_with_what_depends_on_it(
    world: World, prepare: Command
) -> None:
    code, out, err = prepare("beta")
    assert (code, "0 proposals, 1 current" in out) == (0, True)
    told = (
        f"{address('beta')}: holds helper 1.0, which is yanked: broken; reaches {address('beta')}"
    )
    assert told in err
    (held,) = prepared(world)["held"]
    assert held["unit"] == address("beta")
    assert [each["project"] for each in held["withdrawn"]] == ["helper"]


def test_of_a_lock_dependents_are_those_of_the_repository(world: World, prepare: Command) -> None:
    world.today["requirements"] = {"3rdparty:reqs#idna": ["lib/src/lib/a.py"]}
    world.save()
    code, _, err = prepare("main.lock")
    assert code == 0
    told = "main: holds idna 3.1 with PYSEC-1, no fix is known; reaches main, lib/src/lib/a.py"
    assert told in err


def test_nothing_amiss_is_nothing_told(world: World, prepare: Command) -> None:
    world.commit("Re-pin", {"3rdparty/main.lock": lock(certifi="2026.1")})
    code, _, err = prepare("main.lock")
    assert (code, "holds" in err, prepared(world)["held"]) == (0, False, [])
