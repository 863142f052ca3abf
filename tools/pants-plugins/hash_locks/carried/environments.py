"""What a lock is for: Pythons and platforms, and what markers and wheels see of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Iterable, Mapping

from packaging.markers import Marker
from packaging.tags import mac_platforms

# Linux from 2018 on, and macOS on arm64.
DEFAULT_PLATFORMS = ("linux-x86_64-glibc2.28", "macos-arm64-14.0")

_PLATFORM = re.compile(
    r"(?:linux-(?P<linux>\w+)-(?P<library>glibc|musl)|macos-(?P<mac>arm64|x86_64)-)"
    r"(?P<major>\d+)\.(?P<minor>\d+)",
    re.ASCII,
)
# What PEP 600 calls the tags that came before it (PEP 513, 571 and 599).
_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}

# A requirement holds for a Python if it does for any patch release of it; the first and one beyond
# all stand for them. What says which releases run at all, `Requires-Python`, is asked of the latter:
# it leaves out early patches, as in `!=3.9.0`.
_PATCHES = (0, 99)


class PlatformError(ValueError):
    """A name of a platform is none; the text says what was expected."""


@dataclass(frozen=True)
class Environment:
    """One Python on one platform, such as `3.13` and `macos-arm64-14.0`.

    A platform is a system, a processor, and the oldest C library, or macOS, that it stands for.
    """

    python: str
    platform: str

    def __str__(self) -> str:
        return f"Python {self.python} on {self.platform}"

    @property
    def version(self) -> tuple[int, int, int]:
        """The release of Python that `Requires-Python` is asked about."""
        major, minor = self.python.split(".")
        return int(major), int(minor), _PATCHES[-1]

    def holds(self, marker: Marker | None, extra: str = "") -> bool:
        """Whether a marker (PEP 508) is true here, where `extra` is asked for."""
        if marker is None:
            return True
        return any(marker.evaluate({**seen, "extra": extra}) for seen in self.markers)

    @property
    def markers(self) -> tuple[Mapping[str, str], ...]:
        """What environment markers see, for each patch release that is looked at."""
        return _markers(self)

    @property
    def tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that can be installed, the best first (PEP 425, 600, 656)."""
        return _tags(self.platform)


def served(pythons: Iterable[str], platforms: Iterable[str]) -> tuple[Environment, ...]:
    """Every Python on every platform; raises PlatformError."""
    names = tuple(platforms)
    if not names:
        raise PlatformError(
            f"there is no platform. Expected at least one, as {DEFAULT_PLATFORMS[0]}."
        )
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name in names:
        key = tuple(sorted(_system(name).items()))
        if key in seen:
            raise PlatformError(
                f"markers cannot tell `{name}` from `{seen[key]}`. Expected one of the two."
            )
        seen[key] = name
    return tuple(Environment(python, name) for python in pythons for name in names)


@lru_cache(maxsize=None)
def _markers(environment: Environment) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {
            **_system(environment.platform),
            "implementation_name": "cpython",
            "implementation_version": f"{environment.python}.{patch}",
            "platform_python_implementation": "CPython",
            "python_full_version": f"{environment.python}.{patch}",
            "python_version": environment.python,
        }
        for patch in _PATCHES
    )


def _system(platform: str) -> dict[str, str]:
    match = _parsed(platform)
    return {
        "os_name": "posix",
        "platform_machine": match["linux"] or match["mac"],
        "platform_release": "",
        "platform_system": "Linux" if match["linux"] else "Darwin",
        "platform_version": "",
        "sys_platform": "linux" if match["linux"] else "darwin",
    }


@lru_cache(maxsize=None)
def _tags(platform: str) -> tuple[str, ...]:
    match = _parsed(platform)
    major, minor = int(match["major"]), int(match["minor"])
    if match["mac"]:
        return tuple(mac_platforms((major, minor), match["mac"]))
    machine, family = match["linux"], "manylinux" if match["library"] == "glibc" else "musllinux"
    tags = []
    for older in range(minor, -1, -1):
        tags.append(f"{family}_{major}_{older}_{machine}")
        if family == "manylinux" and major == 2 and older in _LEGACY:
            tags.append(f"{_LEGACY[older]}_{machine}")
    return (*tags, f"linux_{machine}")


def _parsed(platform: str) -> re.Match[str]:
    match = _PLATFORM.fullmatch(platform)
    if match is None:
        raise PlatformError(
            f"`{platform}` is no platform. Expected system, processor and the oldest C library or "
            f"macOS, as {', '.join(DEFAULT_PLATFORMS)}."
        )
    return match
