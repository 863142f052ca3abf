"""Which newer releases an installer passes over for want of a wheel."""

from __future__ import annotations

import json

import pytest

from release_sampler import Release, SamplerError, Snapshot
from release_sampler.answers.wheelless import answer, wheelless
from release_sampler.basis.times import parse_time
from sampler_makers import days_ago, release, snapshot

AS_OF = "2026-11-18T06:00:00Z"


def found(*releases: Release, pythons: tuple[str, ...] = ("3.8", "3.12")) -> tuple[str, ...]:
    return wheelless(snapshot(["1.0", *releases]), "1.0", pythons, parse_time(AS_OF))


@pytest.mark.parametrize(
    ("files", "passed_over"),
    [
        (("sdist",), True),
        (("wheel-windows", "sdist"), True),
        (("wheel-cp313",), True),
        ((), True),
        (("sdist", "wheel"), False),
        # A wheel for one of the lock's Pythons is enough for the resolver.
        (("sdist", "wheel-cp312"), False),
        (("wheel-abi3-cp39",), False),
    ],
)
def test_a_newer_release_without_a_wheel(files: tuple[str, ...], passed_over: bool) -> None:
    assert found(release("2.0", files=files)) == (("2.0",) if passed_over else ())


@pytest.mark.parametrize(
    "other",
    [
        release("0.9", files=("sdist",)),
        release("2.0", files=("sdist",), yanked=True),
        release("2.0rc1", files=("sdist",)),
        release("2.0.dev1", files=("sdist",)),
        release("2.0", files=("sdist",), requires_python=">=3.13"),
        release("2.0", files=("sdist",), uploaded=days_ago(1)),
        release("2.0", files=("sdist",), problem="invalid upload-time"),
        Release("2.0_x!", files=("sdist",), problem="not a PEP 440 version"),
    ],
)
def test_what_would_not_be_taken_anyway(other: Release) -> None:
    assert found(other) == ()


def test_newer_releases_are_told_oldest_first() -> None:
    later = [release(version, files=("sdist",)) for version in ("1.10", "1.9", "1.0.post1")]
    assert found(*later) == ("1.0.post1", "1.9", "1.10")


def test_each_project_is_asked_for_once() -> None:
    asked = []

    def fetch(project: str) -> Snapshot:
        asked.append(project)
        return snapshot(["1.0", release("2.0", files=("sdist",))], project)

    locks = [
        {"pins": {"a": "1.0", "b": "2.0"}, "pythons": ["3.8"]},
        {"pins": {"a": "2.0"}, "pythons": ["3.12"]},
        {"pins": {"b": "1.0", "a": "1.0"}, "pythons": ["3.8.18", "3.12.1"]},
    ]
    request = json.dumps({"as_of": AS_OF, "locks": locks})
    assert json.loads(answer(request, fetch)) == [
        {"a": ["2.0"]},
        {},
        {"a": ["2.0"], "b": ["2.0"]},
    ]
    assert sorted(asked) == ["a", "b"]


@pytest.mark.parametrize(
    ("request_text", "complaint"),
    [
        ("[", "request: not JSON"),
        ("[]", "request: expected a JSON object"),
        ('{"as_of": "x", "locks": []}', "request: as_of"),
        ('{"as_of": "2026-11-18", "locks": {}}', "request: locks: expected a list"),
        ('{"as_of": "2026-11-18", "locks": [], "x": 1}', "unknown field 'x'"),
        ('{"as_of": "2026-11-18", "locks": [{"pins": {}, "pythons": ["3.99"]}]}', "'3.99'"),
        ('{"as_of": "2026-11-18", "locks": [{"pins": {"a": "x"}, "pythons": []}]}', "pins: a: "),
        ('{"as_of": "2026-11-18", "locks": [{"pins": {"a": 1}, "pythons": []}]}', "pins: a: "),
        (
            '{"as_of": "2026-11-18", "locks": [{"pins": {"../../up?x": "1"}, "pythons": []}]}',
            "project '../../up?x': expected a normalized name",
        ),
    ],
)
def test_a_request_that_makes_no_sense(request_text: str, complaint: str) -> None:
    with pytest.raises(SamplerError) as raised:
        answer(request_text, lambda project: snapshot([]))
    assert complaint in str(raised.value)
