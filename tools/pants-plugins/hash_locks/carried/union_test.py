from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from hash_locks.carried.environments import served
from hash_locks.carried.pins import Pin
from hash_locks.carried.union import marker_of, union

LINUX, MACOS, ARM = "linux-x86_64-glibc2.28", "macos-arm64-14.0", "linux-aarch64-glibc2.28"
EVERYWHERE = served(["3.9", "3.10", "3.11", "3.12"], [LINUX, MACOS, ARM])


@pytest.mark.parametrize(
    ("pythons", "platforms", "marker"),
    [
        ("3.9 3.10 3.11 3.12", (LINUX, MACOS, ARM), ""),
        ("3.9", (LINUX, MACOS, ARM), 'python_version < "3.10"'),
        ("3.11 3.12", (LINUX, MACOS, ARM), 'python_version >= "3.11"'),
        (
            "3.10 3.11",
            (LINUX, MACOS, ARM),
            'python_version >= "3.10" and python_version < "3.12"',
        ),
        (
            "3.9 3.12",
            (LINUX, MACOS, ARM),
            'python_version < "3.10" or python_version >= "3.12"',
        ),
        ("3.9 3.10 3.11 3.12", (MACOS,), 'sys_platform == "darwin"'),
        (
            "3.9 3.12",
            (ARM,),
            'sys_platform == "linux" and platform_machine == "aarch64" and '
            '(python_version < "3.10" or python_version >= "3.12")',
        ),
    ],
)
def test_markers_read_well(pythons: str, platforms: tuple[str, ...], marker: str) -> None:
    assert marker_of(served(pythons.split(), platforms), EVERYWHERE) == marker


@given(st.sets(st.sampled_from(EVERYWHERE), min_size=1))
def test_a_marker_holds_where_it_should_and_nowhere_else(some: set[object]) -> None:
    text = marker_of([each for each in EVERYWHERE if each in some], EVERYWHERE)
    marker = Marker(text) if text else None
    assert {each for each in EVERYWHERE if each.holds(marker)} == some


def test_union() -> None:
    old, new = served(["3.9", "3.12"], [LINUX])
    app = Pin("app", "1", hashes=frozenset({"x"}), via=frozenset({"-r a.in"}))
    found = union(
        {
            old: [app, Pin("lib", "1"), Pin("fill", "1")],
            new: [replace(app, hashes=frozenset({"y"}), via=frozenset({"lib"})), Pin("lib", "2")],
        }
    )
    assert found == (
        Pin("app", "1", "", "", frozenset({"x", "y"}), frozenset({"-r a.in", "lib"})),
        Pin("lib", "1", marker='python_version < "3.12"'),
        Pin("fill", "1", marker='python_version < "3.12"'),
        Pin("lib", "2", marker='python_version >= "3.12"'),
    )
