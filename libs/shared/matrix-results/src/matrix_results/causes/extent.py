"""What cells have in common: the smallest true description of some of them.

A cell is a place on several lines: the package's releases, those of each axis, and Pythons. What is
said of cells is a few boxes, each a range on every line, that hold them all and none of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Dict, Iterable, List, Sequence, Tuple

from .natural_order import natural

Key = Tuple[str, str]
"""Release and Python of a cell. A combination has its axes behind the release: `1.0@anyio=4.9`."""

PYTHON = "Python"

# Beyond that a list of cells is as short.
_MAX_BOXES = 3
_MAX_CANDIDATES = 40
_MAX_LISTED = 6
# Of more ranges on all lines together the plain list is given.
_MAX_RANGES = 50_000


@dataclass(frozen=True)
class Extent:
    """A description, and the release that it begins with where it begins with one."""

    told: str
    since: str = ""


@dataclass(frozen=True)
class _Line:
    """What cells are told apart by: its name, and its values in order."""

    name: str
    values: Tuple[str, ...]

    def masks(self, places: Sequence[str]) -> Dict[Tuple[int, int], int]:
        """Range (first, last) -> the cells in it as bits, where `places` has each cell's value."""
        single = [
            sum(1 << cell for cell, place in enumerate(places) if place == value)
            for value in self.values
        ]
        found = {}
        for first in range(len(single)):
            mask = 0
            for last in range(first, len(single)):
                mask |= single[last]
                found[first, last] = mask
        return found

    def conditions(self, first: int, last: int) -> int:
        """How many conditions say the range."""
        if first == last:
            return 1 if len(self.values) > 1 else 0
        return int(first > 0) + int(last < len(self.values) - 1)

    def told(self, first: int, last: int) -> str:
        """The range in words; empty for all of the line."""
        low, high = self.values[first], self.values[last]
        if not self.conditions(first, last):
            return ""
        if first == last:
            return f"{self.name} {low}"
        if first == 0:
            return f"{self.name} <= {high}"
        if last == len(self.values) - 1:
            return f"{self.name} >= {low}"
        return f"{self.name} {low} to {high}"


@dataclass(frozen=True)
class _Box:
    """A range on each line."""

    ranges: Tuple[Tuple[int, int], ...]
    conditions: int


def listed(cells: Iterable[Key], *, ordered: Sequence[Key]) -> str:
    """The cells one by one, as many as fit a line."""
    told = set(cells)
    return _listed([key for key in ordered if key in told]) or "none"


def extent(
    cells: Iterable[Key], others: Iterable[Key], *, ordered: Sequence[Key], package: str
) -> Extent:
    """What holds of `cells` and of none of the `others`.

    `ordered` are the keys of the suite, releases ascending; of a cell that is in neither nothing is
    known, and nothing is meant to be said. `package` is the name that releases are told by.
    """
    told, spared = set(cells), set(others)
    known = [key for key in ordered if key in told or key in spared]
    if not told:
        return Extent("none")
    if not spared:
        return Extent(f"all of {len(known)}")
    lines, places = _lines(known, package)
    if len(told) == 1:
        return _single(next(iter(told)), lines, places, known)
    wanted = sum(1 << number for number, key in enumerate(known) if key in told)
    boxes = _cover(lines, places, wanted, (1 << len(known)) - 1)
    if not boxes or sum(max(1, box.conditions) for box in boxes) > len(told) * len(lines):
        return Extent(_listed([key for key in known if key in told]))
    since = ""
    if len(boxes) == 1 and boxes[0].ranges[0][0] > 0:
        since = lines[0].values[boxes[0].ranges[0][0]]
    return Extent("; ".join(_told(lines, box) for box in boxes), since)


def _single(
    key: Key, lines: Sequence[_Line], places: Sequence[Sequence[str]], known: Sequence[Key]
) -> Extent:
    """One cell is told by all that it is."""
    number = known.index(key)
    told = [f"{line.name} {place[number]}" for line, place in zip(lines, places)]
    older = [k for k in known[:number] if k[1] == key[1] and k[0] != key[0]]
    return Extent(_on(told), since=places[0][number] if older else "")


def _lines(known: Sequence[Key], package: str) -> Tuple[List[_Line], List[List[str]]]:
    """The lines, Python last, and of each line the value of every cell."""
    releases, axes = [], []
    for version, _ in known:
        release, *parts = version.split("@")
        releases.append(release)
        axes.append(dict(part.split("=", 1) for part in parts if "=" in part))
    names = sorted({name for found in axes for name in found})
    places = [
        releases,
        *([found.get(name, "") for found in axes] for name in names),
        [python for _, python in known],
    ]
    values = [
        tuple(dict.fromkeys(releases)),
        *(tuple(sorted(set(place), key=natural)) for place in places[1:]),
    ]
    return [_Line(n, v) for n, v in zip([package, *names, PYTHON], values)], places


def _cover(
    lines: Sequence[_Line], places: Sequence[Sequence[str]], wanted: int, everything: int
) -> Tuple[_Box, ...]:
    """The fewest boxes, with the fewest conditions, that hold all wanted cells and no other."""
    ranges = [line.masks(place) for line, place in zip(lines, places)]
    count = 1
    for found in ranges:
        count *= len(found)
    if count > _MAX_RANGES:
        return ()
    best: Dict[int, _Box] = {}
    spared = everything & ~wanted
    for chosen in product(*(found.items() for found in ranges)):
        mask = everything
        for _, bits in chosen:
            mask &= bits
        if not mask or mask & spared:
            continue
        box = _Box(
            tuple(bounds for bounds, _ in chosen),
            sum(line.conditions(*bounds) for line, (bounds, _) in zip(lines, chosen)),
        )
        known = best.get(mask)
        if known is None or (box.conditions, _width(box)) < (known.conditions, _width(known)):
            best[mask] = box
    largest: List[int] = []
    for mask in sorted(
        best, key=lambda mask: (-bin(mask).count("1"), best[mask].conditions, best[mask].ranges)
    ):
        if all(mask & ~other for other in largest):
            largest.append(mask)
    for size in range(1, _MAX_BOXES + 1):
        covers = [
            (sum(best[mask].conditions for mask in masks), masks)
            for masks in combinations(largest[:_MAX_CANDIDATES], size)
            if _union(masks) == wanted
        ]
        if covers:
            _, masks = min(covers, key=lambda each: each[0])
            return tuple(sorted((best[mask] for mask in masks), key=lambda box: box.ranges))
    return ()


def _width(box: _Box) -> int:
    """Of boxes that are said as briefly, the one that claims least."""
    return sum(last - first for first, last in box.ranges)


def _union(masks: Iterable[int]) -> int:
    together = 0
    for mask in masks:
        together |= mask
    return together


def _told(lines: Sequence[_Line], box: _Box) -> str:
    parts = [line.told(*bounds) for line, bounds in zip(lines, box.ranges)]
    named = [part for part in parts if part]
    if len(named) == 1 and parts[-1]:
        return f"{parts[-1]} alone" if box.ranges[-1][0] == box.ranges[-1][1] else parts[-1]
    if not parts[-1] and len(lines[-1].values) > 1:
        return f"{' with '.join(named)}, any {PYTHON}"
    return _on(parts)


def _on(parts: Sequence[str]) -> str:
    """`httpx 0.28.1 with anyio 4.9 on Python 3.13`."""
    first = " with ".join(part for part in parts[:-1] if part)
    return " on ".join(part for part in (first, parts[-1]) if part)


def _listed(keys: Sequence[Key]) -> str:
    """Each release with its Pythons, as many as fit a line."""
    by_release: Dict[str, List[str]] = {}
    for version, python in keys:
        by_release.setdefault(version, []).append(python)
    told = [f"{version} on {', '.join(pythons)}" for version, pythons in by_release.items()]
    more = len(told) - _MAX_LISTED
    return "; ".join([*told[:_MAX_LISTED], *([f"and {more} more releases"] if more > 0 else [])])
