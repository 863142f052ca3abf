from __future__ import annotations

from typing import Optional, Sequence, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.drafts.spans import Edge, scale_of, span_of
from version_matrix.stanza.conditions import release_matches


@pytest.mark.parametrize(
    "specifier, low, high",
    [
        ("", None, None),
        (">=1.2", Edge("1.2"), None),
        (">1.2", Edge("1.2", after=True), None),
        ("<2", None, Edge("2")),
        ("<=2.1", None, Edge("2.1", after=True)),
        ("==1.4.1", Edge("1.4.1"), Edge("1.4.1", after=True)),
        ("==1.4.*", Edge("1.4"), Edge("1.5")),
        ("~=1.4", Edge("1.4"), Edge("2")),
        ("~=1.4.2", Edge("1.4.2"), Edge("1.5")),
        (">=5.2a1,<6.0", Edge("5.2"), Edge("6.0")),
        (">=1,>=1.5,<3,<2", Edge("1.5"), Edge("2")),
        ("!=0.18", None, None),
    ],
)
def test_the_ends_of_a_specifier(specifier: str, low: Optional[Edge], high: Optional[Edge]) -> None:
    span = span_of(specifier)
    assert (span.low, span.high) == (low, high)


@pytest.mark.parametrize(
    "specifiers, limits, keys",
    [
        # As tox files name series, with the newest of all.
        (["~=0.16.0", "~=0.18.0", ""], ">=0.16.0", ["<0.18.0", ">=0.18.0,<0.19", ">=0.19"]),
        # Only where each ends: nobody says the floor.
        (["<3.4", "<3.5", ""], "", ["<3.4", ">=3.4,<3.5", ">=3.5"]),
        ([">=5.2,<6.0", ">=6.0a1,<6.1"], ">=5.2,<6.1", ["<6.0", ">=6.0"]),
        (["==1.4.1", ">=2,<3", ">=3,<4"], ">=1.4.1,<4", ["<2", ">=2,<3", ">=3"]),
        # One inside another: the newest release of each counts.
        (["~=3.0", "~=3.0.0", "<4.0"], ">=3.0.0,<4", ["<3.1", ">=3.1"]),
        (["==2.0.1", "==2.0.1,!=1"], ">=2.0.1,<=2.0.1,!=1", [""]),
    ],
)
def test_a_scale_of_specifiers(specifiers: Sequence[str], limits: str, keys: Sequence[str]) -> None:
    scale = scale_of(specifiers)
    assert scale.limits == limits
    assert [scale.between(point, point) for point in range(len(scale.points))] == keys


VERSIONS = st.tuples(st.integers(0, 3), st.integers(0, 3))
NAMED = VERSIONS.flatmap(
    lambda version: st.sampled_from(["==", "~=", ">=", "<", "<=", ">"]).map(
        lambda operator: f"{operator}{version[0]}.{version[1]}"
    )
)
RELEASES = tuple(
    f"{major}.{minor}.{patch}" for major in range(6) for minor in range(5) for patch in (0, 1)
)


@given(st.lists(st.one_of(NAMED, st.just("")), min_size=1, max_size=5))
def test_the_points_of_a_scale_share_the_releases_among_them(specifiers: Sequence[str]) -> None:
    scale = scale_of(specifiers)
    keys = [scale.between(point, point) or "*" for point in range(len(scale.points))]
    for release in RELEASES:
        assert sum(release_matches(key, release) for key in keys) == 1
    for specifier in specifiers:
        newest = _newest(specifier)
        if newest is not None:
            assert release_matches(keys[scale.at(specifier)], newest), specifier


def _newest(specifier: str) -> Optional[str]:
    """The release that an environment with the specifier takes."""
    admitted: Tuple[str, ...] = tuple(
        release for release in RELEASES if release_matches(specifier or "*", release)
    )
    return admitted[-1] if admitted else None
