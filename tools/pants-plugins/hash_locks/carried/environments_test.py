from __future__ import annotations

import pytest
from packaging.markers import Marker

from hash_locks.carried.environments import Environment, PlatformError, served

LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"


@pytest.mark.parametrize(
    ("marker", "linux", "macos"),
    [
        ('sys_platform == "linux"', True, False),
        ('platform_system == "Darwin"', False, True),
        ('platform_machine == "arm64"', False, True),
        ('os_name == "nt"', False, False),
        ('python_version >= "3.10"', True, True),
        ('python_version < "3.10"', False, False),
        ('platform_python_implementation == "CPython"', True, True),
        # A requirement of any patch release is one.
        ('python_full_version < "3.10.2"', True, True),
        ('python_full_version >= "3.10.2"', True, True),
        ('python_full_version < "3.10"', False, False),
        ('extra == "more"', False, False),
    ],
)
def test_markers_see_the_environment_and_not_this_machine(
    marker: str, linux: bool, macos: bool
) -> None:
    here = [Environment("3.10", platform).holds(Marker(marker)) for platform in (LINUX, MACOS)]
    assert here == [linux, macos]


def test_extras() -> None:
    where = Environment("3.10", LINUX)
    assert where.holds(Marker('extra == "more"'), "more")
    assert where.holds(None)


@pytest.mark.parametrize(
    ("platform", "takes", "refuses"),
    [
        (
            LINUX,
            {"manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"},
            {"manylinux_2_34_x86_64", "musllinux_1_1_x86_64", "manylinux_2_28_aarch64"},
        ),
        (
            "linux-aarch64-musl1.2",
            {"musllinux_1_2_aarch64", "musllinux_1_1_aarch64"},
            {"manylinux_2_17_aarch64", "musllinux_1_3_aarch64"},
        ),
        (
            MACOS,
            {"macosx_14_0_arm64", "macosx_11_0_arm64", "macosx_11_0_universal2"},
            {"macosx_15_0_arm64", "macosx_11_0_x86_64"},
        ),
    ],
)
def test_tags(platform: str, takes: set[str], refuses: set[str]) -> None:
    tags = set(Environment("3.10", platform).tags)
    assert takes <= tags
    assert not refuses & tags


def test_served() -> None:
    assert list(map(str, served(["3.9", "3.10"], [LINUX, MACOS]))) == [
        f"Python {python} on {platform}"
        for python in ("3.9", "3.10")
        for platform in (LINUX, MACOS)
    ]


@pytest.mark.parametrize(
    ("platforms", "message"),
    [
        (["linux"], "`linux` is no platform. Expected system, processor and the oldest C library"),
        (["windows-amd64-10.0"], "`windows-amd64-10.0` is no platform"),
        (["macos-arm64-14.0\n"], "is no platform"),
        ([], "there is no platform. Expected at least one"),
        (
            [LINUX, "linux-x86_64-musl1.2"],
            f"markers cannot tell `linux-x86_64-musl1.2` from `{LINUX}`",
        ),
    ],
)
def test_bad_platforms(platforms: list[str], message: str) -> None:
    with pytest.raises(PlatformError) as raised:
        served(["3.9"], platforms)
    assert message in str(raised.value)
