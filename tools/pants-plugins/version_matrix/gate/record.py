"""What tests reached, and of which content: the file that is kept from run to run. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import Any, Iterable, Iterator, Mapping

FORMAT = 1

# A thousand times those of ours. A file that is torn, or made up, must not fill the memory.
_MOST_LINES = 10_000_000

Lines = Mapping[str, "frozenset[int]"]
"""Path of a source -> the lines that were reached."""


class UnreadableRecord(ValueError):
    """The file is not what `coverage-gate` writes."""


@dataclass(frozen=True)
class Reach:
    """What the tests of one process reached.

    `tests` maps the address of each to the digest of all that its result rests on, as it was then.
    """

    tests: Mapping[str, str]
    lines: Lines

    def holds(self, now: Mapping[str, str]) -> bool:
        """Whether each of its tests is there, and rests on the same (address -> digest)."""
        return all(now.get(test) == digest for test, digest in self.tests.items())


def parse(text: str) -> tuple[Reach, ...]:
    """Reads a record; raises `UnreadableRecord`."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
        lines = sum(_count(each) for each in document["reached"])
        if lines > _MOST_LINES:
            raise ValueError(f"it tells of {lines} lines: expected at most {_MOST_LINES}")
        return tuple(_reach(each) for each in document["reached"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UnreadableRecord(f"{type(error).__name__}: {error}") from None


def render(reached: Iterable[Reach]) -> str:
    """The text of a record: stable to the byte."""
    runs = [
        {
            "tests": dict(sorted(each.tests.items())),
            "lines": {path: ranges(lines) for path, lines in sorted(each.lines.items())},
        }
        for each in reached
    ]
    runs.sort(key=lambda run: list(run["tests"]))
    return json.dumps({"format": FORMAT, "reached": runs}, indent=1) + "\n"


def ranges(lines: Iterable[int]) -> str:
    """`1-3,7` of 1, 2, 3 and 7."""
    found: list[list[int]] = []
    for line in sorted(set(lines)):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ",".join(f"{a}-{b}" if a != b else f"{a}" for a, b in found)


def _reach(entry: Mapping[str, Any]) -> Reach:
    tests = {str(test): str(digest) for test, digest in entry["tests"].items()}
    lines = {path: frozenset(chain(*_spans(told))) for path, told in entry["lines"].items()}
    return Reach(tests, lines)


def _count(entry: Mapping[str, Any]) -> int:
    """How many lines an entry tells of, without having any of them."""
    return sum(len(span) for told in entry["lines"].values() for span in _spans(told))


def _spans(told: str) -> Iterator[range]:
    """What `ranges` wrote: each behind the one before it."""
    behind = 0
    for part in filter(None, told.split(",")):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not behind < low <= high:
            raise ValueError(f"{part[:100]!r} are no lines behind {behind}")
        if high > _MOST_LINES:
            raise ValueError(f"{part!r} are lines of no source")
        yield range(low, high + 1)
        behind = high
