"""What the canary saw: for a terminal, for a file, and for whoever shows it. No world here but the file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Tuple

import msgspec
from msgspec import Meta

from matrix_updates.proposal.documents import decode_written, encode, write_whole
from matrix_updates.proposal.model import (
    CellResult,
    Commit,
    FirstBad,
    Name,
    Problem,
    Repin,
    Text,
    Time,
)
from matrix_updates.text import one_line

SCHEMA_VERSION: Final = 1


class SuiteToday(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a suite does with what the index gives today; `moved` are its pins against the lock.

    Where `upstream` is set it ran with that unreleased source in the place of the release.
    """

    address: Name
    title: Text
    release: Name
    upstream: Text = ""
    cells: Annotated[Tuple[CellResult, ...], Meta(max_length=1_000)] = ()
    moved: Annotated[Tuple[Repin, ...], Meta(max_length=2_000)] = ()
    first_bad: Annotated[Tuple[FirstBad, ...], Meta(max_length=20)] = ()

    @property
    def is_red(self) -> bool:
        return any(cell.broken for cell in self.cells)

    @property
    def name(self) -> str:
        """What tells it from all others of a song, and is the same in the next."""
        return f"{self.address} with {self.upstream}" if self.upstream else self.address

    @property
    def cause(self) -> str:
        """Why it is red, in words that stay while that does; empty if it is green.

        What the bisect names, or the release and its failing tests: other pins move every day.
        """
        if not self.is_red:
            return ""
        named = {f"{each.release}: {each.cause}" for each in self.first_bad if each.cause}
        seen = {cell.failing or cell.reason or cell.status for cell in self.cells if cell.broken}
        return "\n".join(sorted(named) or [self.release, *sorted(seen)])

    def lines(self) -> Tuple[str, ...]:
        """For people: how it is today, and if it is red which tests fail and what differs from its lock."""
        return _lines(self)


class Song(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the canary saw; `kind` tells it from a run of what is committed.

    `upstreams` are suites with the unreleased source that they name, beside those with the release.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["canary"] = "canary"
    made_at: Time
    base: Commit
    suites: Annotated[Tuple[SuiteToday, ...], Meta(max_length=5_000)] = ()
    upstreams: Annotated[Tuple[SuiteToday, ...], Meta(max_length=5_000)] = ()
    failed: Annotated[Tuple[Problem, ...], Meta(max_length=5_000)] = ()
    left_out: Annotated[Tuple[Name, ...], Meta(max_length=5_000)] = ()

    @property
    def is_red(self) -> bool:
        """Whether something that a fresh install gets today, or is to get, does not work."""
        return bool(self.red or self.red_upstreams)

    @property
    def is_complete(self) -> bool:
        """Whether every suite was seen."""
        return not (self.failed or self.left_out)

    @property
    def red(self) -> Tuple[SuiteToday, ...]:
        """The suites of which a fresh install does not work."""
        return tuple(suite for suite in self.suites if suite.is_red)

    @property
    def red_upstreams(self) -> Tuple[SuiteToday, ...]:
        """The suites that do not work with what is not released yet."""
        return tuple(suite for suite in self.upstreams if suite.is_red)

    def told(self) -> str:
        """For a terminal: a line a suite, and below a red one what differs from its lock."""
        lines = [line for suite in (*self.suites, *self.upstreams) for line in suite.lines()]
        lines += [
            f"{one_line(each.unit)}: failed: {one_line(each.told, 500)}" for each in self.failed
        ]
        lines += [
            f"{one_line(each)}: left out: the time limit had passed" for each in self.left_out
        ]
        return "".join(f"{line}\n" for line in lines or ["no suite"])

    def write(self, path: Path) -> None:
        """Writes the JSON whole or not at all; raises `OSError`."""
        write_whole(path, encode(self))


def read_song(data: bytes, *, source: str) -> Song:
    """What `Song.write` wrote; raises `UnreadableFolder` that names the source."""
    return decode_written(Song, data, source=source, by="canary --output")


def _lines(suite: SuiteToday) -> Tuple[str, ...]:
    passed = sum(cell.status in ("passed", "known-failure") for cell in suite.cells)
    state = "RED" if suite.is_red else "green"
    what = (
        f"with {one_line(suite.upstream, 200)}" if suite.upstream else one_line(suite.release, 60)
    )
    first = (
        f"{one_line(suite.title, 80)} {what}: {state}, "
        f"{passed} of {len(suite.cells)} cells pass today"
    )
    if not suite.is_red:
        return (first,)
    moved = tuple(
        f"  {one_line(each.project, 80)}: tested with {', '.join(each.before) or 'none'}, "
        f"installed today {', '.join(each.after) or 'none'}"
        for each in suite.moved
    )
    tests = tuple(
        f"  {one_line(cell.failing or cell.reason or cell.status, 300)} on Python {cell.python}"
        for cell in suite.cells
        if cell.broken
    )
    bad = tuple(
        f"  first bad: {one_line(each.release or each.told, 300)}"
        f"{f', because of {one_line(each.cause, 200)}' if each.cause else ''}"
        for each in suite.first_bad
    )
    return (first, *tests, *moved, *bad)
