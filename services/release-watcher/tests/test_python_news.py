"""When Pythons are news, and that each is told once."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from release_watcher.events import describe
from release_watcher.recorded.python_news import python_events

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def told(
    claims: dict[str, list[str]], targets: tuple[str, ...] = ("3.14",), before: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    events = python_events(claims, targets, before, NOW)
    return [(event.key, describe(event)) for event in events]


@pytest.mark.parametrize(
    "claiming, of, stage",
    [(1, 3, "some"), (1, 2, "half"), (2, 3, "half"), (2, 2, "all"), (1, 1, "all")],
)
def test_a_python_to_come_is_told_with_counts(claiming: int, of: int, stage: str) -> None:
    claims = {f"p{i}": ["3.14", "3.15"] if i < claiming else ["3.14"] for i in range(of)}
    noun = "package" if of == 1 else "packages"
    says = f"{claiming} of {of} {noun} claim to support it"
    key = f"python/3.15/claimed/{stage}"
    assert told(claims) == [(key, f"Python 3.15 is not tested on: {says}")]
    assert told(claims, before=(key,)) == []


def test_a_count_that_falls_is_no_news() -> None:
    before = ("python/3.15/claimed/all",)
    assert told({"a": ["3.15"], "b": [], "c": []}, before=before) == []


def test_the_end_of_a_target_is_told_once() -> None:
    (ended,) = told({"a": []}, ("3.10.13", "3.13.1"))
    assert ended == (
        "python/3.10/ended",
        "Python 3.10 is still tested on: its support ended on 2026-10-31",
    )
    assert told({"a": []}, ("3.10.13", "3.13.1"), ("python/3.10/ended",)) == []


def test_who_does_not_say_what_is_tested_on_hears_nothing() -> None:
    assert told({"a": ["3.15"]}, ()) == []
