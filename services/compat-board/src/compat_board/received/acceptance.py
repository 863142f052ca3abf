"""What the board asks of a report beyond its schema, so that whatever is stored can be shown."""

from __future__ import annotations

import datetime
import re
from typing import Iterator, Optional, Tuple

from matrix_results import Run

# Releases and Pythons are parts of paths.
_PATH_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}")
# Further packages in the name of a combination, 3.16.0@django=5.2.1.
_PARTNER = re.compile(rf"[a-z0-9-]{{1,100}}={_PATH_PART.pattern}")
_MAX_PARTNERS = 10
_EARLIEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
_LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.timezone.utc)
# Far beyond a large matrix. A page that lists cells, or has a column for each Python, can then be
# made while people wait.
MAX_CELLS = 20_000
MAX_PYTHONS = 30
_CLOCKS_DIFFER = datetime.timedelta(hours=1)


class Unacceptable(ValueError):
    """A report that the schema allows and the board does not; the text names the culprit."""


def require_acceptable(run: Run, *, now: datetime.datetime) -> None:
    """Raises `Unacceptable`; `now` bounds when a run can have been made.

    A run from the future would remain the latest for as long as it takes.
    """
    _require_bounded(run)
    for told, moment in _times(run):
        if moment is not None and not _EARLIEST <= moment < _LATEST:
            raise Unacceptable(f"{told} is {moment.isoformat()}: expected a time from 2000 to 2199")
    require_made(run.made_at, now=now)
    for told, text in _texts(run):
        if "\0" in text:
            raise Unacceptable(f"{told} has a NUL character, which a database cannot store")
    for _, cell in run.cells():
        version, at, others = cell.version.partition("@")
        partners = others.split(",") if at else []
        for part, shape in (
            (version, _PATH_PART),
            (cell.python, _PATH_PART),
            *((partner, _PARTNER) for partner in partners),
        ):
            if not shape.fullmatch(part) or len(partners) > _MAX_PARTNERS:
                raise Unacceptable(
                    f"{part[:100]!r} is no release or Python: expected letters, digits and ._+!- "
                    "only, at most 100"
                )


def require_made(made_at: datetime.datetime, *, now: datetime.datetime) -> None:
    """Raises `Unacceptable` for a time that cannot be stored, or has not come yet."""
    if not _EARLIEST <= made_at < _LATEST:
        raise Unacceptable(f"made_at is {made_at.isoformat()}: expected a time from 2000 to 2199")
    if made_at > now + _CLOCKS_DIFFER:
        raise Unacceptable(
            f"made_at is {made_at.isoformat()}, and here it is {now.isoformat()}: "
            "set the clock of the machine that made the report"
        )


def _require_bounded(run: Run) -> None:
    cells = sum(len(suite.cells) for suite in run.suites)
    if cells > MAX_CELLS:
        raise Unacceptable(f"the report has {cells} cells: expected at most {MAX_CELLS}")
    for suite in run.suites:
        pythons = len({cell.python for cell in suite.cells})
        if pythons > MAX_PYTHONS:
            raise Unacceptable(
                f"suite {suite.address[:100]!r} has {pythons} Pythons: "
                f"expected at most {MAX_PYTHONS}"
            )


def _times(run: Run) -> Iterator[Tuple[str, Optional[datetime.datetime]]]:
    yield "made_at", run.made_at
    for suite in run.suites:
        yield "as_of", suite.as_of
        for cell in suite.cells:
            yield "ran_at", cell.ran_at


def _texts(run: Run) -> Iterator[Tuple[str, str]]:
    """What becomes a column of text; what becomes a document may hold anything."""
    yield "commit", run.commit or ""
    for suite in run.suites:
        yield "address", suite.address
        yield "package", suite.package or ""
        yield "snapshot", suite.snapshot
        yield "problem", suite.problem
        for cell in suite.cells:
            yield "tier", cell.tier
            yield "reason", cell.reason
            yield "lock", cell.lock
