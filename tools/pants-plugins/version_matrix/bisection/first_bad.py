"""The first of some steps that fails. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generator, Generic, Sequence, TypeVar

from version_matrix.bisection.probes import Outcome

Step = TypeVar("Step")


@dataclass(frozen=True)
class Edge(Generic[Step]):
    """Where a ladder turns: the last step that passes, the first that fails, and between them those
    that could not be had."""

    good: Step
    bad: Step
    between: tuple[Step, ...] = ()


def first_bad(ladder: Sequence[Step]) -> Generator[tuple[Step, int], Outcome, Edge[Step]]:
    """Halves a ladder whose first step passes and whose last one fails.

    Yields a step to try, and how many are left. A step that cannot be had decides nothing: its
    neighbours are tried in its place, and where all of them are such the edge names them.
    """
    good, bad = 0, len(ladder) - 1
    impossible: set[int] = set()
    while True:
        left = [at for at in range(good + 1, bad) if at not in impossible]
        if not left:
            between = tuple(ladder[good + 1 : bad])
            return Edge(ladder[good], ladder[bad], between)
        middle = min(left, key=lambda at: abs(2 * at - good - bad))
        outcome = yield ladder[middle], len(left)
        if outcome is Outcome.PASSED:
            good = middle
        elif outcome is Outcome.FAILED:
            bad = middle
        else:
            impossible.add(middle)
