"""News of Pythons, from snapshots."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from release_sampler import (
    SamplerError,
    Suite,
    ended_pythons,
    new_pythons,
    old_limits,
    spokesman,
    write_snapshot,
)
from release_sampler.answers.news import answer
from release_sampler.basis.python_dates import END_OF_SUPPORT, FIRST_FINAL
from sampler_makers import policy, release, snapshot

SNAPSHOTS = [
    snapshot(
        [release("1.0", pythons=("3.14",)), release("2.0", pythons=("3.13", "3.14", "3.15"))], "a"
    ),
    # The newest release whose classifiers are known speaks, if it is stable and not yanked.
    snapshot(
        [
            release("1.0", pythons=("3.13", "3.14")),
            release("1.1", pythons=("3.15",), yanked=True),
            release("1.2"),
            release("2.0rc1", pythons=("3.15",)),
        ],
        "b",
    ),
    snapshot(["1.0"], "c"),
]


def test_a_new_python_is_told_with_counts() -> None:
    news = new_pythons(SNAPSHOTS, ("3.12.1", "3.13.0"))
    assert [str(item) for item in news] == ["3.14: 2 of 3 packages", "3.15: 1 of 3 packages"]
    assert news[0].packages == ("a", "b") and news[1].released == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("targets", "new"),
    [
        (("3.15",), []),
        (("3.14", "3.8"), ["3.15"]),
        (("3.14.2t",), ["3.15"]),
        (("pypy3.11.13",), ["3.13", "3.14", "3.15"]),
    ],
)
def test_only_what_is_newer_than_all_targets_is_news(
    targets: tuple[str, ...], new: list[str]
) -> None:
    assert [item.python for item in new_pythons(SNAPSHOTS, targets)] == new


def test_a_python_to_come_has_no_date() -> None:
    (news,) = new_pythons([snapshot([release("1.0", pythons=("3.99",))])], ("3.15",))
    assert (news.python, news.released, str(news)) == ("3.99", None, "3.99: 1 of 1 package")


@pytest.mark.parametrize("number, version", [(0, "2.0"), (1, "1.2"), (2, "1.0")])
def test_the_newest_stable_release_speaks_for_a_package(number: int, version: str) -> None:
    found = spokesman(SNAPSHOTS[number])
    assert found is not None and found.version == version


def test_nobody_speaks_for_a_package_without_one() -> None:
    assert spokesman(snapshot([release("1.0", yanked=True), release("2.0rc1")])) is None


@pytest.mark.parametrize(
    ("day", "ended"),
    [
        (date(2024, 10, 7), []),
        (date(2024, 10, 8), ["3.8"]),
        (date(2025, 11, 1), ["3.8", "3.9"]),
        (date(2026, 11, 30), ["3.8", "3.9", "3.10"]),
    ],
)
def test_the_end_of_support_of_a_target(day: date, ended: list[str]) -> None:
    targets = ("3.10.13", "3.8.18", "3.9", "3.14.2t", "3.12.1")
    assert [item.python for item in ended_pythons(targets, day)] == ended


def test_an_end_is_told_with_its_day() -> None:
    (ended,) = ended_pythons(("3.9.18",), date(2026, 1, 1))
    assert str(ended) == "3.9: its support ended on 2025-10-31"


def test_every_python_has_both_dates() -> None:
    assert list(FIRST_FINAL) == list(END_OF_SUPPORT) == [f"3.{minor}" for minor in range(16)]
    for minor, first in FIRST_FINAL.items():
        assert first < END_OF_SUPPORT[minor]


@pytest.mark.parametrize(
    ("python", "told"),
    [
        ({}, []),
        ({"*": ">=3.10"}, []),
        ({"*": "<3.13"}, ["thing: python='<3.13' leaves out 3.13, which 2.0 says it supports"]),
        ({"<2": "<3.12"}, []),
        (
            {">=2": ">=3.9,<3.12", "*": "<3.12"},
            [
                f"thing: python={limit!r} leaves out 3.12, 3.13, which 2.0 says it supports"
                for limit in (">=3.9,<3.12", "<3.12")
            ],
        ),
        ({"*": "!=3.12.*"}, []),
        ({"*": "<3"}, []),
    ],
)
def test_a_limit_that_repeats_an_old_state_is_named(
    python: dict[str, str], told: list[str]
) -> None:
    named = ("3.9", "3.10", "3.11", "3.12", "3.13")
    made = snapshot([release("1.0", pythons=("3.9",)), release("2.0", pythons=named)])
    limits = old_limits(Suite("thing", python), policy(), made)
    assert [str(limit) for limit in limits] == told


def test_a_limit_of_a_release_without_files_for_that_python_is_none() -> None:
    made = snapshot([release("2.0", pythons=("3.12", "3.13"), files=("wheel-cp312",))])
    assert old_limits(Suite("thing", {"*": "<3.13"}), policy(), made) == ()


def request(**changes: object) -> str:
    return json.dumps(
        {
            "as_of": "2026-11-30",
            "policy": {"target_pythons": ["3.10.13", "3.14.2"]},
            "suites": [
                {"suite": {"package": "a", "python": "<3.14"}, "releases": "a.jsonl"},
                {"suite": {"package": "b>=1"}, "releases": "b.jsonl"},
            ],
            **changes,
        }
    )


def read(path: Path) -> str:
    return write_snapshot(next(s for s in SNAPSHOTS if s.package == path.stem))


def test_a_program_is_answered_in_json() -> None:
    assert json.loads(answer(request(), read)) == {
        "new": [
            {
                "python": "3.15",
                "packages": ["a"],
                "of": 2,
                "released": "2026-10-01",
                "text": "3.15: 1 of 2 packages",
            }
        ],
        "ended": [
            {
                "python": "3.10",
                "on": "2026-10-31",
                "text": "3.10: its support ended on 2026-10-31",
            }
        ],
        "limits": [
            {
                "package": "a",
                "version": "2.0",
                "limit": "<3.14",
                "pythons": ["3.14"],
                "text": "a: python='<3.14' leaves out 3.14, which 2.0 says it supports",
            }
        ],
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"x": 1}, "request: unknown field 'x'"),
        ({"suites": {}}, "request: suites: expected a list"),
        ({"suites": [3]}, "request: suites: expected a JSON object"),
        (
            {"suites": [{"suite": {"package": "a"}}]},
            "request: suites: releases: expected a list of t",
        ),
        ({"policy": {}}, "request: policy: target_pythons"),
        ({"as_of": "now"}, "request: as_of"),
    ],
)
def test_bad_requests(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(SamplerError, match=complaint):
        answer(request(**changes), read)


def test_a_damaged_snapshot_is_named() -> None:
    with pytest.raises(SamplerError, match="a.jsonl: line 1: .*; generate the matrix again"):
        answer(request(), lambda path: "<<<<<<<")
