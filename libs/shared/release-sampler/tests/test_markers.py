"""Markers, evaluated for a target instead of this machine."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from release_sampler.basis.markers import applies, parse_requirement
from release_sampler.basis.platforms import DEFAULT_PLATFORMS, parse_platform

LINUX, MAC = map(parse_platform, DEFAULT_PLATFORMS)
ARM = parse_platform("linux-aarch64-musl1.2")


@pytest.mark.parametrize(
    ("marker", "linux", "mac", "arm"),
    [
        ("sys_platform == 'win32'", False, False, False),
        ("sys_platform == 'darwin'", False, True, False),
        ("os_name == 'posix'", True, True, True),
        ("platform_system == 'Linux'", True, False, True),
        ("platform_machine == 'arm64'", False, True, False),
        ("platform_machine == 'aarch64'", False, False, True),
    ],
)
def test_the_platform(marker: str, linux: bool, mac: bool, arm: bool) -> None:
    requirement = Requirement(f"thing; {marker}")
    assert [applies(requirement, "3.12", p) for p in (LINUX, MAC, ARM)] == [linux, mac, arm]


@pytest.mark.parametrize(
    ("marker", "target", "expected"),
    [
        ("python_version < '3.10'", "3.9.18", True),
        ("python_version < '3.10'", "3.10", False),
        ("python_full_version >= '3.9.5'", "3.9.18", True),
        ("python_full_version >= '3.9.5'", "3.9", False),
        ("python_version >= '3.14'", "3.14.2t", True),
        ("implementation_name == 'cpython'", "3.14.2t", True),
        ("implementation_name == 'pypy'", "pypy3.11.13", True),
        ("platform_python_implementation == 'PyPy'", "pypy3.11.13", True),
        ("platform_python_implementation != 'PyPy'", "3.12.1", True),
        ("python_version == '3.11'", "pypy3.11.13", True),
    ],
)
def test_the_python(marker: str, target: str, expected: bool) -> None:
    assert applies(Requirement(f"thing; {marker}"), target, LINUX) is expected


def test_extras() -> None:
    requirement = Requirement("thing; extra == 'redis'")
    assert applies(requirement, "3.12", LINUX, ["redis"])
    assert not applies(requirement, "3.12", LINUX)
    assert applies(Requirement("thing"), "3.12", LINUX)


def test_what_is_no_requirement_is_none() -> None:
    assert parse_requirement("what is this?") is None and parse_requirement("a>=1") is not None
