"""Kinds of files: what a release's file names say about the Pythons they install on.

A kind is short enough for the snapshot and says all that sampling needs:

- `sdist`: source, for any Python, if it may be built;
- `wheel`: for any Python 3 (`py3-none-any`);
- `wheel-py38`, `wheel-abi3-cp38`: for Python 3.8 and later;
- `wheel-cp38`: for CPython 3.8 alone;
- `wheel-windows`, `wheel-macos`: only for these systems.

Where the platforms of wheels count, or builds of Python beside CPython's usual one, there are more:

- `wheel-cp38-none`: for CPython 3.8 alone, whatever its build;
- `wheel-cp313t`: for the free-threaded build of 3.13; `wheel-abi3t-cp315`: for those from 3.15 on (PEP 803);
- `wheel-pp311`: for PyPy of Python 3.11.

Tags are those of PEP 425. Pythons are minors as in `release_sampler.basis.pythons`: "3.8", "3.13t", "pypy3.11".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from packaging.version import Version

from release_sampler.basis.platforms import oldest_tags
from release_sampler.basis.pythons import Build, build_of

_PYTHON_TAG = re.compile(r"(?P<implementation>py|cp|pp)3(?P<minor>\d*)", re.ASCII)
_HERE = re.compile(r"any|.*linux.*", re.ASCII)
_ELSEWHERE = {
    "wheel-windows": re.compile(r"win32|win_.*", re.ASCII),
    "wheel-macos": re.compile(r"macosx_.*", re.ASCII),
}
_SDIST = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_KIND = re.compile(
    r"wheel-(?P<stable>abi3t?-)?(?P<implementation>py|cp|pp)3(?P<minor>\d*)(?P<abi>t|-none)?",
    re.ASCII,
)


def kinds_of(filename: str) -> frozenset[str]:
    """The kinds of a distribution file as they sum up a release.

    Those of the usual build of CPython on any Linux; none where that can install nothing of it.
    """
    if filename.endswith(_SDIST):
        return frozenset({"sdist"})
    parts = _wheel_tags(filename)
    if parts is None:
        return frozenset()
    pythons, abis, platforms = parts
    precise = (kind for python in pythons for abi in abis for kind in _wheel_kinds(python, abi))
    kinds = frozenset(
        kind[: -len("-none")] if kind.endswith("-none") else kind
        for kind in precise
        if kind.endswith("-none") or is_summary(kind)
    )
    if not kinds or any(_HERE.fullmatch(platform) for platform in platforms):
        return kinds
    return frozenset(
        kind
        for kind, system in _ELSEWHERE.items()
        if any(system.fullmatch(platform) for platform in platforms)
    )


def installs_of(filename: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """All kinds of a distribution file, and the platform tags it can be installed on."""
    if filename.endswith(_SDIST):
        return frozenset({"sdist"}), ("any",)
    parts = _wheel_tags(filename)
    if parts is None:
        return frozenset(), ()
    pythons, abis, platforms = parts
    kinds = (kind for python in pythons for abi in abis for kind in _wheel_kinds(python, abi))
    return frozenset(kinds), oldest_tags(platforms)


def _wheel_tags(filename: str) -> tuple[list[str], list[str], list[str]] | None:
    parts = filename[: -len(".whl")].split("-")
    if not filename.endswith(".whl") or len(parts) < 5:
        return None
    pythons, abis, platforms = (part.split(".") for part in parts[-3:])
    return pythons, abis, platforms


def _wheel_kinds(python: str, abi: str) -> tuple[str, ...]:
    match = _PYTHON_TAG.fullmatch(python)
    if match is None:
        return ()
    implementation, minor = match["implementation"], match["minor"]
    if implementation == "py":
        return (f"wheel-py3{minor}" if minor else "wheel",) if abi == "none" else ()
    if implementation == "pp":
        fits = abi == "none" or abi.startswith(f"pypy3{minor}_")
        return (f"wheel-pp3{minor}",) if minor and fits else ()
    if abi in ("abi3", "abi3t"):
        return (f"wheel-{abi}-cp3{minor}",)
    if minor and re.fullmatch(rf"cp3{minor}m?u?", abi):
        return (f"wheel-cp3{minor}",)
    if minor and abi == f"cp3{minor}t":
        return (f"wheel-cp3{minor}t",)
    if minor and abi == "none":
        return (f"wheel-cp3{minor}-none",)
    return ()


@lru_cache(maxsize=65536)
def kind_installs_on(kind: str, minor: str, may_build: bool) -> bool:
    """Whether a file of this kind can be installed on a Python, if its platform fits."""
    if kind == "sdist":
        return may_build
    if kind == "wheel":
        return True
    match = _KIND.fullmatch(kind)
    if match is None:
        return False
    named = Version(f"3.{match['minor'] or 0}")
    build, here = build_of(minor)
    if match["implementation"] == "py":
        return here >= named
    if match["stable"]:
        wanted = Build.USUAL if match["stable"] == "abi3-" else Build.FREE_THREADED
        return build is wanted and here >= named
    if match["abi"] == "-none":
        return build is not Build.PYPY and here == named
    wanted = {"cp": Build.USUAL, "pp": Build.PYPY}[match["implementation"]]
    if match["abi"] == "t":
        wanted = Build.FREE_THREADED
    return build is wanted and here == named


def is_summary(kind: str) -> bool:
    """Whether a kind is one of those that sum up a release."""
    match = _KIND.fullmatch(kind)
    return match is None or not (
        match["abi"] or match["stable"] == "abi3t-" or match["implementation"] == "pp"
    )


def is_for_other_systems(kind: str) -> bool:
    """Whether a kind stands for wheels that no Linux can install."""
    return kind in _ELSEWHERE


def describe_files(files: Iterable[str]) -> str:
    """Kinds of files for a person: "sdist, wheel-cp38"."""
    return ", ".join(sorted(files)) or "none"
