"""How target Pythons are named: `3.12.1`, the free-threaded build `3.14.2t`, and `pypy3.11.13`."""

from __future__ import annotations

import re

# The first is the oldest that the plugin's own scripts run on; release-sampler has the dates of all.
KNOWN: tuple[str, ...] = (
    "3.6",
    "3.7",
    "3.8",
    "3.9",
    "3.10",
    "3.11",
    "3.12",
    "3.13",
    "3.14",
    "3.15",
)

_TARGET = re.compile(r"(?P<pypy>pypy)?(?P<minor>3\.\d+)\.\d+(?P<threads>t)?", re.ASCII)
# PEP 703.
_FREE_THREADED = KNOWN[KNOWN.index("3.13") :]


def problem(target: str) -> str | None:
    """Why this is no target Python, with the choices there are; None if it is one."""
    match = _TARGET.fullmatch(target)
    known = KNOWN
    if match and match["threads"]:
        known = () if match["pypy"] else _FREE_THREADED
    if match and match["minor"] in known:
        return None
    return (
        f"expected one of {', '.join(KNOWN)} with its patch level, because locks are made for one, as "
        "in 3.12.1; 3.14.2t is a free-threaded build (from 3.13 on), pypy3.11.13 is PyPy"
    )


def minor(python: str) -> str:
    """`3.12` of `3.12.1`, `3.14t` of `3.14.2t`, `pypy3.11` of `pypy3.11.13`."""
    first, second, *rest = python.split(".")
    return f"{first}.{second}{'t' if rest and rest[0].endswith('t') else ''}"


def release_of(python: str) -> str:
    """The version alone: `3.14.2` of `3.14.2t`, `3.11.13` of `pypy3.11.13`."""
    return python.rstrip("t").replace("pypy", "")


def age(python: str) -> tuple[list[int], str]:
    """Sorts Pythons from the oldest on; of one version CPython's usual build comes first."""
    return [int(part) for part in release_of(python).split(".")], python


def lowest_patch(minor: str) -> str:
    """Any patch level will do: `3.12.0` of `3.12`, `3.14.0t` of `3.14t`."""
    return f"{minor.rstrip('t')}.0{'t' if minor.endswith('t') else ''}"
