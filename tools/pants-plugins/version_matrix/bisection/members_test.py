from __future__ import annotations

import pytest

from version_matrix.bisection.members import members, requirements, sample_of, snapshots
from version_matrix.stanza.suite import Suite

ALONE = Suite("lib:matrix", "lib/matrix", "Pkg[x]>=1")
AXES = Suite("lib:matrix", "lib/matrix", "Pkg[x]>=1", axes=("Axis>=2", "other"))
OWN = Suite("lib:matrix", "lib/matrix", None)


@pytest.mark.parametrize(
    ("suite", "sample", "releases"),
    [
        (ALONE, "1.5", (("pkg", "1.5"),)),
        (
            AXES,
            "1.5@axis=2.1,other=3",
            (("pkg", "1.5"), ("axis", "2.1"), ("other", "3")),
        ),
        (OWN, "highest", ()),
    ],
)
def test_a_sample_and_its_releases(
    suite: Suite, sample: str, releases: "tuple[tuple[str, str], ...]"
) -> None:
    assert members(suite, sample) == releases
    assert sample_of(suite, releases, "highest") == sample


def test_each_member_has_its_range_and_its_snapshot() -> None:
    assert requirements(AXES) == {"pkg": "Pkg[x]>=1", "axis": "Axis>=2", "other": "other"}
    files = {"releases.jsonl": "p", "axis.releases.jsonl": "a"}
    assert snapshots(AXES, files) == {"pkg": "p", "axis": "a", "other": ""}
    assert requirements(OWN) == snapshots(OWN, files) == {}
