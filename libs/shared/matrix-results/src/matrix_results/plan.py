"""`matrix.json`: which cells there are, and which file holds the result of each.

Whoever runs the cells writes it: the Pants plugin does, another runner may.
"""

from __future__ import annotations

import datetime
from typing import Annotated, FrozenSet, Literal, Optional, Tuple

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from matrix_results.model import (
    MAX_CELLS,
    MAX_SUITES,
    SCHEMA_VERSION,
    Digest,
    Locks,
    Name,
    OtherSuites,
    Text,
    Texts,
    Time,
    check_cells,
    check_suites,
    in_utc,
)
from matrix_results.report_file import decode_as


class KnownFailure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a cell is expected to fail, and until which day that is tolerated."""

    reason: Text
    until: Optional[datetime.date] = None


class PlannedCell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cell, whether or not it ever ran.

    `results` is the name of its JUnit file. `lock` is the digest of the pins it runs with. With a
    `problem` it has no environment to run in. Of a `trial` see `Cell`.
    """

    version: Name
    tier: Name
    python: Name
    results: Name
    lock: Digest = ""
    known_failure: Optional[KnownFailure] = None
    problem: Text = ""
    trial: bool = False


class PlannedSuite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suite as it was last generated; see `Suite` for the fields of the same name."""

    address: Name
    package: Optional[Name]
    as_of: Optional[Time] = None
    snapshot: Digest = ""
    problem: Text = ""
    cells: Annotated[Tuple[PlannedCell, ...], Meta(max_length=MAX_CELLS)] = ()
    verdicts: Texts = {}
    uncovered: Texts = {}

    def __post_init__(self) -> None:
        force_setattr(self, "as_of", in_utc(self.as_of))
        check_cells(self.address, ((cell.version, cell.python) for cell in self.cells))


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The suites of a repository; `other_suites`, those that are left out, and `locks` as in `Run`.

    No two cells share a JUnit file.
    """

    schema_version: Literal[2] = SCHEMA_VERSION
    suites: Annotated[Tuple[PlannedSuite, ...], Meta(max_length=MAX_SUITES)]
    other_suites: OtherSuites = 0
    locks: Locks = {}

    def __post_init__(self) -> None:
        check_suites(suite.address for suite in self.suites)
        known = set()
        for suite in self.suites:
            for cell in suite.cells:
                if cell.results in known:
                    raise ValueError(f"results {cell.results[:100]!r} are of two cells")
                known.add(cell.results)

    def results(self) -> FrozenSet[str]:
        """The names of all JUnit files."""
        return frozenset(cell.results for suite in self.suites for cell in suite.cells)


def decode_plan(data: bytes, *, source: str = "the matrix") -> Plan:
    """Reads `matrix.json`; raises `UnreadableReport`."""
    return decode_as(Plan, data, source=source)
