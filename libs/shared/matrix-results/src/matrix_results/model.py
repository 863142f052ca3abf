"""The result model: a run, its suites, their cells. Plain frozen values, one per line of a report.

The limits hold for whatever is decoded, so that a report from elsewhere is bounded before anything
is done with it. `report.schema.json` is generated from these types.
"""

from __future__ import annotations

import datetime
import enum
from typing import Annotated, Dict, Final, Iterator, Literal, Optional, Tuple

import msgspec
from msgspec import Meta

SCHEMA_VERSION: Final = 1

MAX_TEXT = 20_000
MAX_FAILURES = 20

Name = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Count = Annotated[int, Meta(ge=0, le=10_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Time = Annotated[datetime.datetime, Meta(tz=True)]
Texts = Annotated[Dict[Annotated[str, Meta(max_length=500)], Text], Meta(max_length=20_000)]
Pin = Annotated[str, Meta(min_length=1, max_length=2_000)]
Pins = Annotated[Tuple[Pin, ...], Meta(max_length=2_000)]
Locks = Annotated[Dict[Annotated[str, Meta(max_length=500)], Pins], Meta(max_length=10_000)]


class Status(str, enum.Enum):
    """What became of a cell. Only `PASSED` is evidence that a release works."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN_FAILURE = "known-failure"
    NOT_RUN = "not-run"
    UNRESOLVABLE = "unresolvable"

    @property
    def label(self) -> str:
        """For people: `known failure`."""
        return self.value.replace("-", " ")


class Failure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test that failed: its name, and what pytest wrote about it."""

    test: Annotated[str, Meta(max_length=500)]
    text: Text


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release on one Python (`3.12`): what became of it, and what it ran with.

    `reason` says why a cell is a known failure, was not run, cannot be resolved, or failed beside
    its tests. `seconds` and `ran_at` are of the process that ran, whichever run that was: a result
    may come from a cache. `lock` is the digest of the environment's pins. `failures` are the first
    of `failed` tests.
    """

    version: Name
    tier: Name
    python: Name
    status: Status
    reason: Text = ""
    tests: Count = 0
    failed: Count = 0
    skipped: Count = 0
    seconds: Optional[Seconds] = None
    ran_at: Optional[Time] = None
    lock: Annotated[str, Meta(max_length=500)] = ""
    failures: Annotated[Tuple[Failure, ...], Meta(max_length=MAX_FAILURES)] = ()

    @property
    def key(self) -> Tuple[str, str]:
        """What identifies the cell in its suite: release and Python."""
        return self.version, self.python


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One package and its cells, ascending by release.

    `package` is a PEP 508 requirement, None where a library is tested against its own. `as_of` and
    `snapshot` are the time and the digest of the sampling, `verdicts` says of every release on the
    index why it was or was not sampled, `uncovered` of a Python why no cell has it. A suite that
    was never generated has no cells, and a `problem`.
    """

    address: Name
    package: Optional[Name]
    as_of: Optional[Time] = None
    snapshot: Annotated[str, Meta(max_length=500)] = ""
    problem: Text = ""
    cells: Annotated[Tuple[Cell, ...], Meta(max_length=10_000)] = ()
    verdicts: Texts = {}
    uncovered: Texts = {}

    def __post_init__(self) -> None:
        keys = {cell.key for cell in self.cells}
        if len(keys) != len(self.cells):
            raise ValueError(f"suite {self.address[:100]!r} has a cell twice")

    @property
    def title(self) -> str:
        """The package as a person says it; where there is none, the suite's address."""
        return self.package or self.address

    def address_of(self, cell: Cell) -> str:
        """`path:matrix#0.28.1@python=3.12`."""
        return f"{self.address}#{cell.version}@python={cell.python}"


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a matrix at one moment, of one commit if the sources have one.

    `locks` says what the digests of its cells' locks stand for, as far as that is known: the pins
    (`anyio==4.6.0 ; python_version >= '3.9'`), without hashes, in order.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    made_at: Time
    commit: Optional[Name] = None
    suites: Annotated[Tuple[Suite, ...], Meta(max_length=5_000)]
    locks: Locks = {}

    def __post_init__(self) -> None:
        if len({suite.address for suite in self.suites}) != len(self.suites):
            raise ValueError("the report has a suite twice")
        strange = set(self.locks) - {cell.lock for _, cell in self.cells()}
        if strange:
            raise ValueError(f"lock {min(strange)[:100]!r} is of no cell")

    def cells(self) -> Iterator[Tuple[Suite, Cell]]:
        """Every cell, with its suite."""
        for suite in self.suites:
            for cell in suite.cells:
                yield suite, cell

    def counts(self) -> Dict[Status, int]:
        """How many cells have each status; every status is named."""
        found = {status: 0 for status in Status}
        for _, cell in self.cells():
            found[cell.status] += 1
        return found
