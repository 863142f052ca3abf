"""Covering arrays: few rows in which every possible pair of values occurs.

Greedy, a row at a time, beginning with the rows that are there. Two libraries were tried on forty tables with constraints in
November 2026: allpairspy (2.5.1) left out 437 pairs that are possible; covertable (3.2.0) covered them all in 610 rows, where
this takes some 620. What keeps the rows of the last time, and no more than are of use, would stand here all the same;
and sampling needs `packaging` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice

#: A value of each factor, by the name of the factor; or of some of them.
Row = Mapping[str, str]
#: Two values of two factors.
Pair = tuple[tuple[str, str], tuple[str, str]]

#: How many rows are tried in search of one that a pair can be in, and from how many pairs each row is begun.
_MAX_TRIES = 5_000
_BEGINNINGS = 20


def pairs_of(row: Row) -> frozenset[Pair]:
    """The pairs that occur in a row."""
    return frozenset(combinations(sorted(row.items()), 2))


def all_pairs(factors: Mapping[str, Sequence[str]]) -> frozenset[Pair]:
    """Every pair of values of two factors."""
    return frozenset(
        ((first, one), (second, other))
        for first, second in combinations(sorted(factors), 2)
        for one in factors[first]
        for other in factors[second]
    )


def covering_rows(
    factors: Mapping[str, Sequence[str]], goes: Callable[[Row], bool], kept: Iterable[Row]
) -> tuple[tuple[Row, ...], frozenset[Pair]]:
    """Rows that go, with every pair that can be had in at least one, and the pairs that cannot.

    `goes` is asked of whole rows and of parts. Rows in `kept` stay as long as they go and are of use: the
    answer, given again as `kept`, is the answer. Of values that are as good as one another the last is taken.
    """
    rows = [row for row in kept if _is_row(row, factors) and goes(row)]
    missing = set(all_pairs(factors))
    for row in rows:
        missing -= pairs_of(row)
    impossible: set[Pair] = set()
    while missing:
        best: Row | None = None
        for pair in islice(sorted(missing, reverse=True), _BEGINNINGS):
            found = _row_with(pair, factors, goes, missing)
            if found is None:
                missing.remove(pair)
                impossible.add(pair)
            elif best is None or len(pairs_of(found) & missing) > len(pairs_of(best) & missing):
                best = found
        if best is not None:
            rows.append(best)
            missing -= pairs_of(best)
    return tuple(_irredundant(rows)), frozenset(impossible)


def _row_with(
    part: Pair,
    factors: Mapping[str, Sequence[str]],
    goes: Callable[[Row], bool],
    missing: set[Pair],
) -> Row | None:
    """A row that goes and has a pair in it, and of the missing ones as many as each further value adds."""
    tries = 0

    def gain(row: Row, item: tuple[str, str]) -> int:
        return sum(tuple(sorted((item, other))) in missing for other in row.items())

    def complete(row: dict[str, str], names: Sequence[str]) -> Iterator[Row]:
        nonlocal tries
        tries += 1
        if tries > _MAX_TRIES or not goes(row):
            return
        if not names:
            yield row
            return
        gains = {name: {v: gain(row, (name, v)) for v in reversed(factors[name])} for name in names}
        name = max(names, key=lambda name: max(gains[name].values()))
        rest = [other for other in names if other != name]
        for value in sorted(gains[name], key=lambda value: -gains[name][value]):
            yield from complete({**row, name: value}, rest)

    fixed = dict(part)
    return next(complete(fixed, [name for name in factors if name not in fixed]), None)


def _irredundant(rows: Sequence[Row]) -> list[Row]:
    """Without the rows whose pairs all occur in others."""
    counts: dict[Pair, int] = {}
    for row in rows:
        for pair in pairs_of(row):
            counts[pair] = counts.get(pair, 0) + 1
    kept = []
    for row in rows:
        own = pairs_of(row)
        if all(counts[pair] > 1 for pair in own):
            for pair in own:
                counts[pair] -= 1
        else:
            kept.append(row)
    return kept


def _is_row(row: Row, factors: Mapping[str, Sequence[str]]) -> bool:
    return set(row) == set(factors) and all(row[name] in factors[name] for name in factors)
