"""What is known to be reached: this run, and of earlier ones what still holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import AbstractSet, Iterable, Mapping, Sequence

from version_matrix.gate.record import Lines, Reach


@dataclass(frozen=True)
class Known:
    """All that is known to be reached, and the tests of which nothing is known."""

    reached: tuple[Reach, ...]
    unknown: tuple[str, ...]

    @property
    def lines(self) -> Lines:
        """Path -> the lines that any test reached."""
        found: dict[str, set[int]] = {}
        for each in self.reached:
            for path, lines in each.lines.items():
                found.setdefault(path, set()).update(lines)
        return {path: frozenset(lines) for path, lines in found.items()}


def known(fresh: Sequence[Reach], recorded: Sequence[Reach], now: Mapping[str, str]) -> Known:
    """Merges by content: `now` maps every test there is to the digest of what it rests on today.

    Of the recorded counts what rests on the same, and was not run anew.
    """
    anew = {test for each in fresh for test in each.tests}
    kept = [each for each in recorded if each.holds(now) and not anew.issuperset(each.tests)]
    there = {test for each in (*fresh, *kept) for test in each.tests}
    return Known((*fresh, *kept), tuple(sorted(set(now) - there)))


def fellows(
    selected: AbstractSet[str], recorded: Iterable[Reach], now: Mapping[str, str]
) -> frozenset[str]:
    """The tests that have to run beside those selected, so that something is known of them.

    They shared a process with one that has changed or is run: what that process reached cannot be
    told apart by tests.
    """
    recorded = tuple(recorded)
    holding = {test for each in recorded if each.holds(now) for test in each.tests}
    beside = {
        test
        for each in recorded
        if not each.holds(now) and not selected.isdisjoint(each.tests)
        for test in each.tests
    }
    return frozenset((beside & set(now)) - holding - selected)
