"""The result model: a run, its suites, their cells. Plain frozen values, one per line of a report.

The limits hold for whatever is decoded, so that a report from elsewhere is bounded before anything
is done with it. `report.schema.json` is generated from these types.
"""

from __future__ import annotations

import datetime
import enum
from typing import (
    Annotated,
    Any,
    Dict,
    Final,
    Iterable,
    Iterator,
    Literal,
    Mapping,
    Optional,
    Tuple,
    Union,
)

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import force_setattr

from matrix_results.causes.cell_address import cell_address
from matrix_results.causes.junit_text import MAX_NAME
from matrix_results.causes.symptom import MAX_TEXT
from matrix_results.versions import partners, release

SCHEMA_VERSION: Final = 2

MAX_FAILURES = 20
MAX_CELLS = 10_000
MAX_SUITES = 5_000

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Digest = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Count = Annotated[int, Meta(ge=0, le=10_000_000)]
OtherSuites = Annotated[int, Meta(ge=0, le=MAX_SUITES)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Time = Annotated[datetime.datetime, Meta(tz=True)]
Texts = Annotated[Dict[Annotated[str, Meta(max_length=500)], Text], Meta(max_length=20_000)]
Pin = Annotated[str, Meta(min_length=1, max_length=2_000)]
Pins = Annotated[Tuple[Pin, ...], Meta(max_length=2_000)]
Locks = Annotated[Dict[Digest, Pins], Meta(max_length=10_000)]


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

    test: Annotated[str, Meta(max_length=MAX_NAME)]
    text: Text


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release on one Python (`3.12`): what became of it, and what it ran with.

    In a suite that varies several packages the `version` is a name, `3.16.0@django=5.2.1`: that of the
    package, and of each other one.

    `reason` says why a cell is a known failure, was not run, cannot be resolved, or failed beside
    its tests. `seconds` and `ran_at` are of the process that ran, whichever run that was: a result
    may come from a cache. `lock` is the digest of the environment's pins. `failures` are the first
    of `failed` tests, and these and the `skipped` are among `tests`. Only a cell with a process has
    anything of one.

    A `trial` is on a Python that the release admits, but does not claim to support: what becomes of
    it is shown apart. Of any other cell a report does not say it.
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
    lock: Digest = ""
    failures: Annotated[Tuple[Failure, ...], Meta(max_length=MAX_FAILURES)] = ()
    trial: Union[bool, UnsetType] = UNSET

    def __post_init__(self) -> None:
        force_setattr(self, "ran_at", in_utc(self.ran_at))
        # It is written in one way only, and what has no trials keeps its identity.
        force_setattr(self, "trial", self.trial or UNSET)
        told = f"{self.version[:100]} on Python {self.python[:100]}"
        for name in EXCLUDED.get(self.status, ()):
            if getattr(self, name) != _WITHOUT[name]:
                raise ValueError(f"{told} is {self.status.label}, but has `{name}`")
        if not len(self.failures) <= self.failed <= self.tests - self.skipped:
            raise ValueError(
                f"{told} has counts that cannot be: {self.tests} tests, {self.skipped} skipped, "
                f"{self.failed} failed, and the text of {len(self.failures)}"
            )

    @property
    def key(self) -> Tuple[str, str]:
        """What identifies the cell in its suite: release and Python."""
        return self.version, self.python

    @property
    def broken(self) -> bool:
        """Whether somebody has to look at it; at a trial nobody has to, for nothing was promised."""
        return self.status in (Status.FAILED, Status.UNRESOLVABLE) and not self.trial


EXCLUDED: Final[Mapping[Status, Tuple[str, ...]]] = {
    Status.PASSED: ("failed", "failures"),
    **{
        status: ("tests", "failed", "skipped", "seconds", "ran_at", "failures")
        for status in (Status.NOT_RUN, Status.UNRESOLVABLE)
    },
}
"""What a cell with such a status has nothing of."""

_WITHOUT: Final[Mapping[str, Any]] = {
    field.name: field.default for field in msgspec.structs.fields(Cell)
}


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One package and its cells, ascending by release.

    `package` is a PEP 508 requirement, None where a library is tested against its own. `as_of` and
    `snapshot` are the time and the digest of the sampling, `verdicts` says of every release on the
    index why it was or was not sampled (of another package that varies by `django 5.2`), and what
    cannot go together by `django 4.2 with redis 5.0`, `uncovered` of a Python why no cell has it. A suite that
    was never generated has no cells, and a `problem`.
    """

    address: Name
    package: Optional[Name]
    as_of: Optional[Time] = None
    snapshot: Digest = ""
    problem: Text = ""
    cells: Annotated[Tuple[Cell, ...], Meta(max_length=MAX_CELLS)] = ()
    verdicts: Texts = {}
    uncovered: Texts = {}

    def __post_init__(self) -> None:
        force_setattr(self, "as_of", in_utc(self.as_of))
        check_cells(self.address, (cell.key for cell in self.cells))

    @property
    def title(self) -> str:
        """The packages as a person says them; where there is none, the suite's address."""
        others = dict.fromkeys(name for cell in self.cells for name in partners(cell.version))
        return " with ".join((self.package or self.address, *others))

    def address_of(self, cell: Cell) -> str:
        """The address of a cell of the suite, which may be a variant: see `cell_address`."""
        return cell_address(self.address, cell.version, cell.python)


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a matrix at one moment, of one commit if the sources have one.

    `locks` says what the digests of its cells' locks stand for, as far as that is known: the pins
    (`anyio==4.6.0 ; python_version >= '3.9'`), without hashes, in order. `other_suites` is how many
    suites of the matrix it is not of: with any, it is partial, and a suite that it lacks may be
    there all the same.
    """

    schema_version: Literal[2] = SCHEMA_VERSION
    made_at: Time
    commit: Optional[Name] = None
    suites: Annotated[Tuple[Suite, ...], Meta(max_length=MAX_SUITES)]
    other_suites: OtherSuites = 0
    locks: Locks = {}

    def __post_init__(self) -> None:
        force_setattr(self, "made_at", in_utc(self.made_at))
        check_suites(suite.address for suite in self.suites)
        strange = set(self.locks) - {cell.lock for _, cell in self.cells()}
        if strange:
            raise ValueError(f"lock {min(strange)[:100]!r} is of no cell")

    @property
    def all_suites(self) -> int:
        """How many suites the matrix has."""
        return len(self.suites) + self.other_suites

    def cells(self) -> Iterator[Tuple[Suite, Cell]]:
        """Every cell, with its suite."""
        for suite in self.suites:
            for cell in suite.cells:
                yield suite, cell

    def counts(self) -> Dict[Status, int]:
        """How many cells have each status, but for trials; every status is named."""
        return _counts(cell for _, cell in self.cells() if not cell.trial)

    def trial_counts(self) -> Dict[Status, int]:
        """How many trials have each status; every status is named."""
        return _counts(cell for _, cell in self.cells() if cell.trial)


def _counts(cells: Iterable[Cell]) -> Dict[Status, int]:
    found = {status: 0 for status in Status}
    for cell in cells:
        found[cell.status] += 1
    return found


def check_suites(addresses: Iterable[str]) -> None:
    """Raises `ValueError` if a suite is there twice."""
    known = set()
    for address in addresses:
        if address in known:
            raise ValueError(f"suite {address[:100]!r} is there twice")
        known.add(address)


def check_cells(address: str, keys: Iterable[Tuple[str, str]]) -> None:
    """Raises `ValueError` unless each cell of a suite is there once, and its releases ascend.

    What is no release, such as the `lowest` of a library's own requirements, has no order.
    """
    known = set()
    newest = None
    for version, python in keys:
        if (version, python) in known:
            raise ValueError(
                f"suite {address[:100]!r} has a cell twice: {version[:100]} on Python {python[:100]}"
            )
        known.add((version, python))
        place = release(version)
        if place is not None and newest is not None and place < newest:
            raise ValueError(
                f"suite {address[:100]!r} has release {version[:100]} after {newest}: "
                "expected the oldest first"
            )
        newest = place or newest


def in_utc(time: Optional[datetime.datetime]) -> Optional[datetime.datetime]:
    """The same moment in UTC, so that it is written in one way only; raises `ValueError`."""
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    try:
        return time.astimezone(datetime.timezone.utc)
    except OverflowError:
        raise ValueError(f"{time} has no equivalent in UTC") from None
