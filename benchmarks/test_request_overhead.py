"""What counts as a difference between two contenders."""

from __future__ import annotations

import pytest

from request_overhead import Verdict, judge, share_of_less


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [
        ([2.0, 2.0, 2.0, 2.0], Verdict.LESS),
        ([2.0, 2.0, 2.0, 0.5], Verdict.LESS),
        ([2.0, 2.0, 0.5, 0.5], Verdict.TIE),
        ([1.0, 1.0, 2.0, 2.0], Verdict.TIE),
        ([0.5, 0.5, 0.5, 2.0], Verdict.MORE),
    ],
)
def test_a_difference_is_one_that_three_rounds_of_four_show(
    theirs: list[float], verdict: Verdict
) -> None:
    assert judge(share_of_less([1.0] * 4, theirs)) is verdict
