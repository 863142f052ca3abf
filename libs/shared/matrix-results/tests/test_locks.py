"""What differs between two locks."""

from typing import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix_results import PinChange, lock_changes

# A busy machine is no finding.
unhurried = settings(deadline=None)

OLD = "anyio==4.5.2 ; python_version < '3.9'"
NEW = "anyio==4.6.0 ; python_version >= '3.9'"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], ()),
        (["a==1"], ["a==1"], ()),
        (["a==1"], ["a==2"], (PinChange("a", ("1",), ("2",)),)),
        (["a==1"], [], (PinChange("a", ("1",), ()),)),
        (["b==1"], ["b==1", "a==2"], (PinChange("a", (), ("2",)),)),
        ([OLD], [OLD, NEW], (PinChange("anyio", (), ("4.6.0 ; python_version >= '3.9'",)),)),
        (["no pin"], ["a == 1"], (PinChange("a", (), ("1",)), PinChange("no pin", ("",), ()))),
    ],
)
def test_what_differs_is_told_by_project(
    before: Sequence[str], after: Sequence[str], expected: Sequence[PinChange]
) -> None:
    assert lock_changes(before, after) == expected


@unhurried
@given(st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
def test_any_texts_have_a_difference_and_it_reverses(before: list[str], after: list[str]) -> None:
    assert lock_changes(before, before) == ()
    assert lock_changes(after, before) == tuple(
        PinChange(change.project, change.after, change.before)
        for change in lock_changes(before, after)
    )
