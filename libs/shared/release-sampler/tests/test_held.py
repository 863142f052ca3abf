"""What the index says about what a lock holds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from release_sampler import NoReleases, SamplerError, Snapshot
from release_sampler.answers.held import Fact, held, read_pins, to_json
from release_sampler.basis.model import Status
from sampler_makers import release, snapshot

PROJECTS = {
    "good": snapshot(["1.0", "1.1"], "good"),
    "bad": snapshot(["1.0", release("1.1", yanked="leaks"), release("1.2", yanked=True)], "bad"),
    "old": replace(snapshot(["1.0"], "old"), status=Status("archived", "use good")),
    "odd": snapshot(["1.0", release("2.x", problem="not a PEP 440 version")], "odd"),
}
asked: list[str] = []


def fetch(project: str) -> Snapshot:
    asked.append(project)
    if project not in PROJECTS:
        raise NoReleases(f"{project}: no such package; check the name")
    return PROJECTS[project]


def told(**pins: tuple[str, ...]) -> list[str]:
    return [str(fact) for fact in held(pins, fetch)]


def test_each_fact_is_told_with_its_reason() -> None:
    asked.clear()
    assert told(good=("1.0",), old=("1.0",), bad=("1.0", "1.1", "1.2"), gone=("3.0",)) == [
        "bad 1.1: yanked: leaks",
        "bad 1.2: yanked",
        "gone: missing: no such package; check the name",
        "old: archived: use good",
    ]
    assert sorted(asked) == ["bad", "gone", "good", "old"]


def test_versions_are_the_same_however_they_are_spelled() -> None:
    assert told(bad=("1.1.0",)) == ["bad 1.1.0: yanked: leaks"]


def test_a_version_that_is_gone_is_named() -> None:
    assert told(good=("7.0",)) == ["good 7.0: withdrawn: the index no longer lists it"]


def test_an_index_that_fails_is_an_error() -> None:
    def fail(project: str) -> Snapshot:
        raise SamplerError(f"{project}: try again later")

    with pytest.raises(SamplerError, match="good: try again later"):
        held({"good": ("1.0",)}, fail)


def test_json_has_an_object_for_each() -> None:
    assert json.loads(
        to_json((Fact("bad", "1.1", "yanked", "leaks"), Fact("old", None, "archived")))
    ) == [
        {"project": "bad", "version": "1.1", "what": "yanked", "reason": "leaks"},
        {"project": "old", "version": None, "what": "archived", "reason": None},
    ]


LOCK = """\
# by a tool
--index-url https://index.example/simple
Foo.Bar[extra1,extra2]==1.0 ; python_version < "3.9" \\
    --hash=sha256:aa==
    # via baz==7
foo-bar==1.1 \\
    --hash=sha256:bb
foo_bar==1.1
baz == 2.0.post1
"""


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        (LOCK, {"foo-bar": ("1.0", "1.1"), "baz": ("2.0.post1",)}),
        ('{"pins": {"h11": "0.14.0", "foo": ["1", "2"]}}', {"h11": ("0.14.0",), "foo": ("1", "2")}),
    ],
)
def test_pins_of_a_lock_are_read(text: str, pins: object) -> None:
    assert read_pins(text) == pins


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a lock"),
        ("foo>=1", "expected a lock"),
        ("{", "pins: not JSON"),
        ("{}", "pins: expected a JSON object"),
        ('{"pins": {}, "x": 1}', "unknown field 'x'"),
        ('{"pins": {"foo": 3}}', "pins: foo: expected a version"),
        ('{"pins": {"foo": ["1", 2]}}', "pins: foo: expected a version"),
        ('{"pins": {"foo": "one"}}', "pins: foo: not a PEP 440 version: 'one'"),
        ('{"pins": {"../foo": "1"}}', "expected a normalized name"),
    ],
)
def test_what_is_no_lock_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(SamplerError, match=complaint):
        read_pins(text)
