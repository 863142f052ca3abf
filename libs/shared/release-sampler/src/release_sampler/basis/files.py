"""Kinds of files: what a release's file names say about the Pythons it installs on.

A kind is short enough for the snapshot and says all that sampling needs:

- `sdist`: source, for any Python, if it may be built;
- `wheel`: for any Python 3 (`py3-none-any`);
- `wheel-py38`, `wheel-abi3-cp38`: for Python 3.8 and later;
- `wheel-cp38`: for CPython 3.8 alone;
- `wheel-windows`, `wheel-macos`: only for these systems, where the matrix does not run.

Wheels of other implementations, of free-threaded builds and for other systems than Linux have no kind: no cell
can use them. Tags are those of PEP 425.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from packaging.version import Version

_PYTHON_TAG = re.compile(r"(?P<implementation>py|cp)3(?P<minor>\d*)", re.ASCII)
_HERE = re.compile(r"any|.*linux.*", re.ASCII)
_ELSEWHERE = {
    "wheel-windows": re.compile(r"win32|win_.*", re.ASCII),
    "wheel-macos": re.compile(r"macosx_.*", re.ASCII),
}
_SDIST = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


def kinds_of(filename: str) -> frozenset[str]:
    """The kinds of a distribution file; none if no cell could install it."""
    if filename.endswith(_SDIST):
        return frozenset({"sdist"})
    parts = filename[: -len(".whl")].split("-")
    if not filename.endswith(".whl") or len(parts) < 5:
        return frozenset()
    pythons, abis, platforms = (part.split(".") for part in parts[-3:])
    kinds = frozenset(
        kind for python in pythons for abi in abis for kind in _wheel_kinds(python, abi)
    )
    if not kinds or any(_HERE.fullmatch(platform) for platform in platforms):
        return kinds
    return frozenset(
        kind
        for kind, system in _ELSEWHERE.items()
        if any(system.fullmatch(platform) for platform in platforms)
    )


def _wheel_kinds(python: str, abi: str) -> tuple[str, ...]:
    match = _PYTHON_TAG.fullmatch(python)
    if match is None:
        return ()
    minor = match["minor"]
    if match["implementation"] == "py":
        return (f"wheel-py3{minor}" if minor else "wheel",) if abi == "none" else ()
    if abi == "abi3":
        return (f"wheel-abi3-cp3{minor}",)
    if minor and (abi == "none" or re.fullmatch(rf"cp3{minor}m?u?", abi)):
        return (f"wheel-cp3{minor}",)
    return ()


def is_installable(files: Iterable[str], may_build: bool) -> bool:
    """Whether files of these kinds can be installed at all, on some Python."""
    return any(may_build if kind == "sdist" else kind not in _ELSEWHERE for kind in files)


@lru_cache(maxsize=65536)
def installs_on(files: tuple[str, ...], minor: str, may_build: bool) -> bool:
    """Whether files of these kinds can be installed on a Python (minor, "3.8")."""
    return any(_kind_installs_on(kind, minor, may_build) for kind in files)


def _kind_installs_on(kind: str, minor: str, may_build: bool) -> bool:
    if kind == "sdist":
        return may_build
    if kind == "wheel":
        return True
    tag = kind.rpartition("-")[2]
    if not re.fullmatch(r"(py|cp)3\d*", tag):
        return False
    named = Version(f"3.{tag[3:] or 0}")
    if kind.startswith(("wheel-py3", "wheel-abi3-")):
        return Version(minor) >= named
    return Version(minor) == named


def describe_files(files: Iterable[str]) -> str:
    """Kinds of files for a person: "sdist, wheel-cp38"."""
    return ", ".join(sorted(files)) or "none"
