from __future__ import annotations

import json

import pytest

from version_matrix.bisection.ladder import ladder, uploaded


def snapshot(**releases: object) -> str:
    """A snapshot of wheels; a dict adds to what is said of one."""
    lines = []
    for name, more in releases.items():
        version = name.lstrip("v").replace("_", ".")
        extra = more if isinstance(more, dict) else {}
        lines.append(json.dumps({"version": version, "files": ["wheel"], **extra}))
    return "\n".join(lines) + "\n"


PLAIN: "dict[str, object]" = {f"v1_{minor}": {} for minor in range(6)}


@pytest.mark.parametrize(
    ("more", "good", "bad", "steps"),
    [
        ({}, "1.1", "1.4", "1.1 1.2 1.3 1.4"),
        # The good one may be the newer.
        ({}, "1.4", "1.1", "1.4 1.3 1.2 1.1"),
        ({}, "1.1", "1.2", "1.1 1.2"),
        ({"v1_10": {}}, "1.5", "1.11", "1.5 1.10 1.11"),
        ({"v1_2": {"yanked": True}, "v1_3": {"yanked": "broken"}}, "1.1", "1.4", "1.1 1.4"),
        ({"v1_2": {"problem": "no version"}}, "1.1", "1.4", "1.1 1.3 1.4"),
        ({"v1_2": {"files": ["sdist"]}}, "1.1", "1.4", "1.1 1.3 1.4"),
        ({"v1_2": {"requires_python": ">=3.13"}}, "1.1", "1.4", "1.1 1.3 1.4"),
        ({"v1_2": {"requires_python": ">=3.12.4"}}, "1.1", "1.4", "1.1 1.2 1.3 1.4"),
        ({"v1_2": {"requires_python": "no specifier"}}, "1.1", "1.4", "1.1 1.2 1.3 1.4"),
        # A post-release counts; what is no final release only where an end is none.
        ({"v1_2_post1": {}, "v1_3rc1": {}}, "1.1", "1.4", "1.1 1.2 1.2.post1 1.3 1.4"),
        ({"v1_3rc1": {}, "v1_4rc2": {}}, "1.2", "1.4rc2", "1.2 1.3rc1 1.3 1.4rc2"),
        ({"v1_3_dev1": {}}, "1.2", "1.4", "1.2 1.3 1.4"),
        # What the suite does not admit.
        ({"v1_2": {}}, "0.9", "1.1", "0.9 1.1"),
        # An end that left the snapshot.
        ({}, "1.3", "1.9", "1.3 1.4 1.5 1.9"),
    ],
)
def test_what_lies_between(more: "dict[str, object]", good: str, bad: str, steps: str) -> None:
    text = snapshot(**{**PLAIN, **more})
    found = ladder(text, "pkg>=1.1", good, bad, python="3.12", may_build=False)
    assert " ".join(found) == steps


def test_what_may_be_built_counts() -> None:
    text = snapshot(v1_0={}, v1_1={"files": ["sdist"]}, v1_2={})
    assert ladder(text, "pkg", "1.0", "1.2", python="3.12", may_build=True) == ("1.0", "1.1", "1.2")


def test_a_project_that_is_not_active_has_a_line_of_its_own() -> None:
    text = '{"status": "archived"}\n' + snapshot(**PLAIN)
    assert len(ladder(text, "pkg", "1.0", "1.5", python="3.12", may_build=False)) == 6


def test_when_a_release_was_uploaded() -> None:
    text = snapshot(v1_0={"uploaded": "2024-01-01T00:00:00Z"}, v1_1={})
    assert [uploaded(text, version) for version in ("1.0", "1.1", "1.2")] == [
        "2024-01-01T00:00:00Z",
        "",
        "",
    ]
