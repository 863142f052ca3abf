"""What a search asks, and what it is answered. Pure.

A search is a generator: it yields what it wants to be tried, is sent what came of it, and returns
what it found. So the same search is driven by an engine that runs tests, and by a test's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generator, TypeVar

Found = TypeVar("Found")


class Outcome(Enum):
    """What came of a probe."""

    PASSED = "passes"
    FAILED = "fails"
    IMPOSSIBLE = "cannot be had"


@dataclass(frozen=True)
class Probe:
    """An environment to be tried: releases of the members, and the pins beside them.

    `kept` is a lock whose pins are taken wherever they go with the releases; `held` are pins
    (`anyio==4.5.0`) that hold for whatever is installed. `label` says in words what is tried.
    """

    releases: tuple[tuple[str, str], ...]
    label: str
    kept: str = ""
    held: tuple[str, ...] = ()
    left: int = 0


@dataclass(frozen=True)
class Seen:
    """What came of a probe: with which lock, which test failed first, or why there was none."""

    outcome: Outcome
    lock: str = ""
    failing_test: str = ""
    told: str = ""


Search = Generator[Probe, Seen, Found]


class Flaky(Exception):
    """The same environment passed and failed: there is no first bad one. The text names it."""
