"""Where in a grid something holds, as few boxes."""

from __future__ import annotations

import itertools
from typing import Dict, List, Mapping, Sequence, Tuple

# First and last value of each dimension; None is no end.
Range = Tuple["int | None", "int | None"]
Box = Tuple[Range, ...]
Place = Tuple[int, ...]


def boxes(holds: Mapping[Place, bool]) -> Tuple[Box, ...]:
    """Boxes that hold each place of the grid where it is true, and none where it is false.

    Places that the grid lacks count for nothing. Dimensions that make no difference are left alone.
    """
    wide = len(next(iter(holds)))
    for count in range(wide + 1):
        for chosen in itertools.combinations(range(wide), count):
            seen = _projected(holds, chosen)
            if seen is not None:
                found = _split(seen)
                return tuple(_widened(box, chosen, wide) for box in found)
    raise AssertionError("all dimensions together explain everything")


def _projected(holds: Mapping[Place, bool], chosen: Sequence[int]) -> "Dict[Place, bool] | None":
    """The grid seen in some dimensions; None if the others make a difference."""
    seen: Dict[Place, bool] = {}
    for place, value in holds.items():
        if seen.setdefault(tuple(place[axis] for axis in chosen), value) is not value:
            return None
    return seen


def _split(holds: Mapping[Place, bool]) -> Tuple[Box, ...]:
    if () in holds:
        return ((),) if holds[()] else ()
    values = sorted({place[0] for place in holds})
    below = {
        value: _split({place[1:]: held for place, held in holds.items() if place[0] == value})
        for value in values
    }
    found: List[Box] = []
    for inner, run in itertools.groupby(values, key=below.__getitem__):
        alike = list(run)
        first = None if alike[0] == values[0] else alike[0]
        last = None if alike[-1] == values[-1] else alike[-1]
        found.extend(((first, last), *box) for box in inner)
    return tuple(found)


def _widened(box: Box, chosen: Sequence[int], wide: int) -> Box:
    ranges: List[Range] = [(None, None)] * wide
    for axis, limits in zip(chosen, box):
        ranges[axis] = limits
    return tuple(ranges)
