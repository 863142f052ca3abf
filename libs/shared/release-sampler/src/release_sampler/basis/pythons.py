"""Python versions: how they are named, and who admits them.

A *minor* is what stands for a target Python everywhere: "3.8" for CPython 3.8.18, "3.14t" for the free-threaded
build of 3.14.2, "pypy3.11" for PyPy of Python 3.11.13.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import Enum
from functools import lru_cache

from packaging.version import Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.python_dates import FIRST_FINAL
from release_sampler.basis.specifiers import parse_specifiers

#: No Python 3 has had this many patch releases (3.7 and 3.8 stopped below 21).
_PATCHES = 40

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (?P<minor>3\.\d{1,2})", re.ASCII)
_TARGET = re.compile(r"(?P<pypy>pypy)?(?P<minor>\d+\.\d+)(?:\.\d+)?(?P<threads>t)?", re.ASCII)
#: PEP 703.
_FIRST_FREE_THREADED = Version("3.13")


class Build(Enum):
    """Builds of Python that need files of their own."""

    USUAL = "CPython"
    FREE_THREADED = "free-threaded CPython"
    PYPY = "PyPy"


def minor_of(target: str) -> str:
    """The minor version of a target Python: "3.8" for "3.8" and for "3.8.18".

    Raises `SamplerError` if there is no such Python.
    """
    match = _TARGET.fullmatch(target)
    known = tuple(FIRST_FINAL)
    if match is None or match["minor"] not in known or (match["pypy"] and match["threads"]):
        raise SamplerError(
            f"unknown Python {target[:40]!r}: expected one of {known[0]} to {known[-1]}, "
            "with or without a patch level, as in 3.12 or 3.12.1; "
            "3.14t or 3.14.2t is a free-threaded build, pypy3.11 or pypy3.11.13 is PyPy"
        )
    if match["threads"] and Version(match["minor"]) < _FIRST_FREE_THREADED:
        raise SamplerError(
            f"unknown Python {target[:40]!r}: the first free-threaded build is of "
            f"{_FIRST_FREE_THREADED}"
        )
    return f"{match['pypy'] or ''}{match['minor']}{match['threads'] or ''}"


@lru_cache(maxsize=1024)
def build_of(minor: str) -> tuple[Build, Version]:
    """The build that a minor (or a target) is of, and the version of the language."""
    version = Version(language_of(minor))
    if minor.startswith("pypy"):
        return Build.PYPY, version
    return (Build.FREE_THREADED if minor.endswith("t") else Build.USUAL), version


def language_of(minor: str) -> str:
    """The version of the language without the build: "3.14" for "3.14t", "3.11" for "pypy3.11"."""
    return minor.removeprefix("pypy").removesuffix("t")


def by_age(pythons: Iterable[str]) -> tuple[str, ...]:
    """Pythons, each once, oldest first (as text, 3.10 would come before 3.9).

    Of one version CPython's usual build comes last, so that "the newest Python" is it.
    """
    return tuple(sorted(set(pythons), key=_age))


def _age(python: str) -> tuple[Version, bool, str]:
    build, version = build_of(python)
    return version, build is Build.USUAL, python


def parse_python_range(text: str) -> tuple[str, ...]:
    """Expand "3.8..3.13", "3.9,3.12" or "3.11" into minors, oldest first; raises `SamplerError`."""
    pythons: tuple[str, ...] = ()
    for part in text.split(","):
        first, dots, last = (side.strip() for side in part.partition(".."))
        if not dots:
            minor_of(first)
            pythons += (first,)
            continue
        (first_build, low), (last_build, high) = (build_of(minor_of(end)) for end in (first, last))
        if {first_build, last_build} != {Build.USUAL}:
            raise SamplerError(
                f"Pythons {part.strip()[:40]!r}: a range is of CPython's usual builds"
            )
        if low > high:
            raise SamplerError(f"Pythons {part.strip()[:40]!r}: the first is newer than the last")
        pythons += tuple(minor for minor in FIRST_FINAL if low <= Version(minor) <= high)
    return by_age(pythons)


@lru_cache(maxsize=65536)
def admits_python(requires_python: str, minor: str) -> bool:
    """Whether any patch release of a Python is admitted by a `Requires-Python`, PEP 345.

    So ">=3.8.1" admits 3.8, and so does "<3.8.5". Raises `ValueError` for an invalid specifier.
    """
    specifiers = parse_specifiers(requires_python)
    language = language_of(minor)
    return any(
        all(specifier.contains(f"{language}.{patch}", prereleases=True) for specifier in specifiers)
        for patch in range(_PATCHES)
    )


def classified_pythons(classifiers: Iterable[str]) -> tuple[str, ...]:
    """The Python 3 minors that a release's trove classifiers name, oldest first.

    "3", "3 :: Only" and "Free Threading" name none.
    """
    matches = (_CLASSIFIER.fullmatch(classifier.strip()) for classifier in classifiers)
    return by_age(match["minor"] for match in matches if match)


def released_before(day: date, minor: str) -> bool:
    """Whether the first final release of a Python came before the day."""
    return FIRST_FINAL[language_of(minor)] < day
