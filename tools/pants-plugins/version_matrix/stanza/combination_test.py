from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.stanza import combination

VERSIONS = st.sampled_from(["1.0", "3.16.0", "1!2.0", "1.0rc1", "1.0.post1", "1.0+local.1"])
PROJECTS = st.sampled_from(["django", "pydantic-core", "zope-interface", "a1"])


@given(VERSIONS, st.dictionaries(PROJECTS, VERSIONS, max_size=3))
def test_a_name_tells_all_releases_and_is_known_for_one(version: str, axes: dict[str, str]) -> None:
    name = combination.spelled(version, axes)
    assert combination.release_of(name) == version
    assert combination.axes_of(name) == axes
    assert combination.is_combination(name) is bool(axes)
    releases = [("pkg", version), *axes.items()]
    assert combination.names_of(reversed(releases), "pkg") == name


def test_axes_stand_in_the_order_of_their_names_whatever_the_stanza_says() -> None:
    assert combination.spelled("3.16.0", {"redis": "5", "django": "5.2.1"}) == (
        "3.16.0@django=5.2.1,redis=5"
    )


def test_for_people() -> None:
    assert combination.told("3.16.0@django=5.2.1", "djangorestframework") == (
        "djangorestframework 3.16.0 with django 5.2.1"
    )
    assert combination.told("3.16.0", "djangorestframework") == "djangorestframework 3.16.0"


@pytest.mark.parametrize(
    "text",
    [
        "3.16.0",
        "3.16.0@",
        "@django=5",
        "3.16.0@django",
        "3.16.0@django=",
        "3.16.0@=5",
        "3.16.0@Django=5",
        "3.16.0@django=x/../y",
        "3.16.0@django=5,django=6",
        "3.16.0@redis=5,django=5",
        "lowest@django=5",
        "../a@django=5",
    ],
)
def test_what_is_no_combination(text: str) -> None:
    assert not combination.is_combination(text)
