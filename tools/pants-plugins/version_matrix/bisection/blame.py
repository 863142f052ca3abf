"""Which of some differences make a failure: delta debugging. Pure.

The algorithm is ddmin of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"
(IEEE Transactions on Software Engineering 28(2), 2002), where a mix that cannot be had is what they
call unresolved. No library: the plugin runs among Pants' own packages, and none that is kept has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import (
    AbstractSet,
    Dict,
    FrozenSet,
    Generator,
    Generic,
    Iterable,
    Iterator,
    Sequence,
    TypeVar,
)

from version_matrix.bisection.probes import Outcome

Delta = TypeVar("Delta")


@dataclass(frozen=True)
class Blame(Generic[Delta]):
    """Differences that fail together, none of which may be left out.

    Without one that is `guilty` the rest passes. Without one that `comes_along` the rest cannot be
    had, so that nobody knows whether it does harm; where that is so of all, all are `guilty`.
    """

    guilty: tuple[Delta, ...]
    comes_along: tuple[Delta, ...] = ()


Asking = Generator[FrozenSet[Delta], Outcome, Outcome]


def blame(deltas: Sequence[Delta]) -> Generator[FrozenSet[Delta], Outcome, Blame[Delta]]:
    """Yields sets of differences to try; that all fail together, and that none passes, is known.

    Of no differences nothing is guilty. No set is asked for twice.
    """
    trial = _Trial(deltas)
    current, parts = tuple(deltas), 2
    while len(current) > 1:
        smaller = yield from _smaller(trial, current, parts)
        if smaller is not None:
            current, parts = smaller
        elif parts >= len(current):
            break
        else:
            parts = min(2 * parts, len(current))
    guilty: list[Delta] = []
    along: list[Delta] = []
    for delta in current:
        without = yield from trial.ask(other for other in current if other != delta)
        (along if without is Outcome.IMPOSSIBLE else guilty).append(delta)
    return Blame(tuple(guilty), tuple(along)) if guilty else Blame(current)


class _Trial(Generic[Delta]):
    """What is known by now of sets of differences."""

    def __init__(self, deltas: Sequence[Delta]) -> None:
        self._known: Dict[AbstractSet[Delta], Outcome] = {
            frozenset(): Outcome.PASSED,
            frozenset(deltas): Outcome.FAILED,
        }

    def ask(self, some: Iterable[Delta]) -> Asking[Delta]:
        wanted = frozenset(some)
        if wanted not in self._known:
            self._known[wanted] = yield wanted
        return self._known[wanted]


def _smaller(
    trial: _Trial[Delta], current: tuple[Delta, ...], parts: int
) -> Generator[FrozenSet[Delta], Outcome, tuple[tuple[Delta, ...], int] | None]:
    """A part that fails by itself, or what is left without one; and in how many to divide it."""
    divided = tuple(_divided(current, parts))
    for part in divided:
        outcome = yield from trial.ask(part)
        if outcome is Outcome.FAILED:
            return part, 2
    for part in divided:
        rest = tuple(delta for delta in current if delta not in part)
        outcome = yield from trial.ask(rest)
        if outcome is Outcome.FAILED:
            return rest, max(parts - 1, 2)
    return None


def _divided(current: Sequence[Delta], parts: int) -> Iterator[tuple[Delta, ...]]:
    start = 0
    for number in range(parts):
        end = start + (len(current) - start) // (parts - number)
        yield tuple(current[start:end])
        start = end
