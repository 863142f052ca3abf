"""Platforms: the systems that cells and locks are for, and the files that can be installed there.

A platform names system, processor, and the oldest C library (or macOS) that it stands for:
`linux-x86_64-glibc2.28`, `linux-aarch64-musl1.2`, `macos-arm64-14.0`. Tags are those of PEP 425,
PEP 600 (manylinux) and PEP 656 (musllinux), and of macOS as `packaging.tags` has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from packaging.tags import mac_platforms

from release_sampler.basis.errors import SamplerError

#: Where cells run, and where people work: Linux from 2018 on (manylinux_2_28), and macOS on arm64.
DEFAULT_PLATFORMS = ("linux-x86_64-glibc2.28", "macos-arm64-14.0")

#: Stands for the platform tags of systems and processors that no platform is of.
OTHER = "other"

_LINUX = re.compile(
    r"linux-(?P<machine>\w+)-(?P<library>glibc|musl)(?P<major>\d)\.(?P<minor>\d{1,3})", re.ASCII
)
_MACOS = re.compile(
    r"macos-(?P<machine>arm64|x86_64)-(?P<major>\d{2})\.(?P<minor>\d{1,2})", re.ASCII
)
#: Of Linux: where Pants runs, and so cells.
_MACHINES = ("aarch64", "x86_64")

_MANYLINUX = re.compile(
    r"(?P<family>manylinux|musllinux)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)", re.ASCII
)
_MACOSX = re.compile(r"(?P<family>macosx)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)", re.ASCII)
#: What PEP 600 calls the tags that came before it (PEP 513, 571 and 599).
_LEGACY = {"manylinux1": "2_5", "manylinux2010": "2_12", "manylinux2014": "2_17"}
_FAMILY = {"glibc": "manylinux", "musl": "musllinux"}


@dataclass(frozen=True)
class Platform:
    """A system, its processor, and the oldest C library (or macOS) that it stands for."""

    #: "linux" or "macos".
    system: str
    machine: str
    #: "glibc" or "musl"; None on macOS.
    library: str | None
    #: Of the C library, or of macOS.
    version: tuple[int, int]

    def __str__(self) -> str:
        major, minor = self.version
        return f"{self.system}-{self.machine}-{self.library or ''}{major}.{minor}"

    def accepts(self, tag: str) -> bool:
        """Whether a wheel with this platform tag can be installed."""
        if tag == "any":
            return True
        if self.library is None:
            return tag in self._macos_tags
        match = _MANYLINUX.fullmatch(_modern(tag))
        if match is None:
            return tag == f"linux_{self.machine}"
        major, minor = self.version
        return (
            match["family"] == _FAMILY[self.library]
            and match["machine"] == self.machine
            and int(match["major"]) == major
            and int(match["minor"]) <= minor
        )

    @cached_property
    def markers(self) -> dict[str, str]:
        """What environment markers (PEP 508) see of it."""
        is_mac = self.system == "macos"
        return {
            "os_name": "posix",
            "sys_platform": "darwin" if is_mac else "linux",
            "platform_system": "Darwin" if is_mac else "Linux",
            "platform_machine": self.machine,
            "platform_release": "",
            "platform_version": "",
        }

    @cached_property
    def _macos_tags(self) -> frozenset[str]:
        return frozenset(mac_platforms(self.version, self.machine))


@lru_cache(maxsize=256)
def parse_platform(text: str) -> Platform:
    """Read the name of a platform; raises `SamplerError` for anything else."""
    match = _LINUX.fullmatch(text) or _MACOS.fullmatch(text)
    if match is None or (text.startswith("linux") and match["machine"] not in _MACHINES):
        raise SamplerError(
            f"unknown platform {text[:60]!r}: expected system, processor and the oldest C library "
            f"or macOS, as in {', '.join(DEFAULT_PLATFORMS)} or linux-aarch64-musl1.2; "
            f"processors of Linux are {', '.join(_MACHINES)}, of macOS arm64 and x86_64"
        )
    return Platform(
        system=text.partition("-")[0],
        machine=match["machine"],
        library=match.groupdict().get("library"),
        version=(int(match["major"]), int(match["minor"])),
    )


def oldest_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Of platform tags those that matter, sorted: of several for one processor the oldest.

    "any" stands for all. Tags of systems and processors that no platform is of (Windows, s390x, ...) are left out.
    """
    oldest: dict[str, tuple[tuple[int, int], str]] = {}
    for tag in map(_modern, tags):
        if tag == "any":
            return ("any",)
        match = _MACOSX.fullmatch(tag)
        if match is None and not tag.endswith(_MACHINES):
            continue
        match = match or _MANYLINUX.fullmatch(tag)
        if match is not None:
            version = (int(match["major"]), int(match["minor"]))
            if match["family"] == "macosx" and not _is_macos(version, match["machine"]):
                continue
            # Of glibc and musl another major version is another library.
            line = "" if match["family"] == "macosx" else match["major"]
            key = f"{match['family']}{line} {match['machine']}"
        elif tag.startswith("linux_"):
            version, key = (0, 0), tag
        else:
            continue
        oldest[key] = min(oldest.get(key, (version, tag)), (version, tag))
    return tuple(sorted(tag for _, tag in oldest.values()))


def _is_macos(version: tuple[int, int], machine: str) -> bool:
    """Whether installers look for such a tag: from 11 on for major versions, and for arm64 from 11 on."""
    if version >= (11, 0):
        return version[1] == 0
    return version >= (10, 4) and machine != "arm64"


def _modern(tag: str) -> str:
    legacy, _, machine = tag.partition("_")
    return f"manylinux_{_LEGACY[legacy]}_{machine}" if legacy in _LEGACY else tag
