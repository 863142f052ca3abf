"""When to poll and to deliver again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_watcher.schedule import backoff, jittered, until_next_poll


@pytest.mark.parametrize(
    "failures, seconds", [(1, 60), (2, 120), (3, 240), (9, 15360), (10, 21600), (10**6, 21600)]
)
def test_backoff_doubles_to_its_end(failures: int, seconds: float) -> None:
    assert backoff(failures, 60, 21600) == seconds


@pytest.mark.parametrize("drawn, seconds", [(0.0, 95.0), (0.5, 100.0), (1.0, 105.0)])
def test_jitter_is_on_both_sides(drawn: float, seconds: float) -> None:
    assert jittered(100, 0.1, drawn) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "failures, retry_after, seconds",
    [(0, None, 3600), (1, None, 60), (2, 30, 120), (2, 900, 900), (0, 7200, 7200), (1, 1e9, 86400)],
    ids=["success", "failure", "short wish", "long wish", "wish after success", "for ever"],
)
def test_the_next_poll(failures: int, retry_after: float | None, seconds: float) -> None:
    pause = until_next_poll(
        failures,
        interval=3600,
        retry=60,
        longest=21600,
        jitter=0,
        drawn=0.3,
        retry_after=retry_after,
    )
    assert pause == seconds


@given(
    failures=st.integers(0, 10**9),
    jitter=st.floats(0, 1),
    drawn=st.floats(0, 1, exclude_max=True),
)
def test_pauses_stay_in_bounds(failures: int, jitter: float, drawn: float) -> None:
    pause = until_next_poll(
        failures, interval=3600, retry=60, longest=21600, jitter=jitter, drawn=drawn
    )
    longest = 21600 if failures else 3600
    assert 30 <= pause <= longest * 1.5
