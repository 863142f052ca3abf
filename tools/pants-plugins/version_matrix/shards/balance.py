"""Shares out units so that no job takes much longer than the others. Pure.

Longest processing time first (Graham, "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math.
17(2), 1969), which is ten lines; the library that is kept for it, binpacking, wants numpy, and the
plugin runs among Pants' own packages. By Graham's bound the longest is longer than the mean by less
than the largest block: blocks of three tenths of it keep to 1.3.
"""

from __future__ import annotations

import heapq
import math
from typing import Iterable, Mapping, Sequence

from version_matrix.shards.work import Job, Kind, Unit, total

LONGEST = 1.3
"""How many times the mean the longest job may take, where no unit is too large for that."""


def jobs(work: Mapping[Kind, Sequence[Unit]], *, most: int, worth: float) -> tuple[Job, ...]:
    """The jobs of all kinds: at most so many, but one for each kind that has units.

    `worth` are the seconds that a job should last at least to be worth its start.
    """
    wanted = {kind: units for kind, units in work.items() if units}
    counts = _counts(
        {kind: (len(units), total(units)) for kind, units in wanted.items()}, most, worth
    )
    return tuple(
        Job(kind, shard) for kind, units in wanted.items() for shard in shared(units, counts[kind])
    )


def shared(units: Sequence[Unit], count: int) -> tuple[tuple[Unit, ...], ...]:
    """The units in so many shards, none of them empty; families together as far as they are small."""
    count = min(count, len(units))
    if not count:
        return ()
    mean = total(units) / count
    together = _longest_first(_blocks(units, (LONGEST - 1) * mean), count)
    if all(together) and max(map(total, together)) <= LONGEST * mean:
        return together
    apart = _longest_first([(unit,) for unit in units], count)
    return min((apart, together), key=lambda some: (not all(some), max(map(total, some))))


def _counts(work: Mapping[Kind, tuple[int, float]], most: int, worth: float) -> Mapping[Kind, int]:
    """How many jobs each kind (units, seconds) gets: one, and more where each has most to do."""
    counts = {kind: 1 for kind in work}
    useful = {
        kind: min(units, math.ceil(seconds / worth) or 1) if worth > 0 else units
        for kind, (units, seconds) in work.items()
    }
    while sum(counts.values()) < most:
        longer = [kind for kind in counts if counts[kind] < useful[kind]]
        if not longer:
            break
        counts[max(longer, key=lambda kind: work[kind][1] / counts[kind])] += 1
    return counts


def _blocks(units: Sequence[Unit], limit: float) -> Iterable[tuple[Unit, ...]]:
    """Families, in pieces that are no longer than the limit where their units are not."""
    families: dict[str, list[Unit]] = {}
    for unit in units:
        families.setdefault(unit.family, []).append(unit)
    for family in families.values():
        block: list[Unit] = []
        for unit in family:
            if block and total(block) + unit.seconds > limit:
                yield tuple(block)
                block = []
            block.append(unit)
        yield tuple(block)


def _longest_first(blocks: Iterable[tuple[Unit, ...]], count: int) -> tuple[tuple[Unit, ...], ...]:
    """Each block, the longest first, to the shard that has least to do."""
    shards: list[list[Unit]] = [[] for _ in range(count)]
    least = [(0.0, 0, at) for at in range(count)]
    for block in sorted(blocks, key=total, reverse=True):
        seconds, size, at = heapq.heappop(least)
        shards[at] += block
        heapq.heappush(least, (seconds + total(block), size + len(block), at))
    return tuple(map(tuple, shards))
