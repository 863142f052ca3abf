from __future__ import annotations

from typing import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.drafts.boxes import Box, Place, boxes


def inside(place: Place, box: Box) -> bool:
    return all(
        (first is None or value >= first) and (last is None or value <= last)
        for value, (first, last) in zip(place, box)
    )


@pytest.mark.parametrize(
    "holds, expected",
    [
        ({(0, 8): True, (1, 9): True}, [((None, None), (None, None))]),
        ({(0, 8): False, (1, 9): False}, []),
        ({(0, 8): True, (1, 8): False}, [((None, 0), (None, None))]),
        ({(0, 8): False, (0, 9): True, (1, 9): True}, [((None, None), (9, None))]),
        (
            {(0, 8): True, (0, 9): False, (1, 8): False, (1, 9): False},
            [((None, 0), (None, 8))],
        ),
    ],
)
def test_the_fewest_dimensions_that_explain(
    holds: Mapping[Place, bool], expected: "list[Box]"
) -> None:
    assert list(boxes(holds)) == expected


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(6, 9)),
        st.booleans(),
        min_size=1,
    )
)
def test_boxes_hold_what_is_true_once_and_nothing_else(holds: Mapping[Place, bool]) -> None:
    found = boxes(holds)
    for place, expected in holds.items():
        assert sum(inside(place, box) for box in found) == int(expected)
