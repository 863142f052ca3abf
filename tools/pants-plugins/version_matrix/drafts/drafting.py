"""What the environments of a group have in common, and where they differ, as fields of a stanza."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Iterable, Mapping, Optional, Sequence, Tuple

from version_matrix.drafts.boxes import Box, Place, boxes
from version_matrix.drafts.grouping import Group, groups
from version_matrix.drafts.model import Draft, Drafts, Environment, LeftOut
from version_matrix.drafts.requirement_lines import by_project, named, project_name, specifier_of
from version_matrix.drafts.spans import Scale, scale_of
from version_matrix.stanza.conditions import EVERY_RELEASE, PYTHON

_ALL = "all"


def drafts_of(environments: Sequence[Environment]) -> Drafts:
    """Drafts for all environments, and those that are in none with the reason."""
    newest = max((_minor(each.python) for each in environments if each.python), default=0)
    drafts: list[Draft] = []
    left_out: list[LeftOut] = []
    for found in groups(environments):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        draft, apart = _draft(found, newest)
        drafts.append(draft)
        left_out.extend(apart)
    return Drafts(tuple(drafts), tuple(left_out))


def _minor(python: Optional[str]) -> int:
    return int(python.partition(".")[2]) if python else 0


@dataclass(frozen=True)
class Grid:
    """A group's environments by release of the package, releases of axes, and Python."""

    scales: Tuple[Tuple[str, Scale], ...]
    places: Mapping[Place, Environment]
    apart: Tuple[LeftOut, ...] = field(default=())

    @property
    def pythons(self) -> Tuple[int, ...]:
        return tuple(sorted({place[-1] for place in self.places}))


def _grid(group: Group) -> Grid:
    tables = [by_project(each) for each in group.environments]
    scales = tuple(
        (project, scale_of(specifier_of(table[project]) for table in tables))
        for project in (group.package, *group.axes)
    )
    places: dict[Place, Environment] = {}
    apart = []
    for each, table in zip(group.environments, tables):
        points = tuple(scale.at(specifier_of(table[project])) for project, scale in scales)
        first = places.setdefault((*points, _minor(each.python)), each)
        if set(_rest(first, scales)) != set(_rest(each, scales)):
            why = f"the same releases on the same Python as {first.name}, with other requirements"
            apart.append(LeftOut("environments", why, (each.name,)))
    return Grid(scales, places, tuple(apart))


def _rest(environment: Environment, scales: Iterable[Tuple[str, Scale]]) -> Tuple[str, ...]:
    """The requirements that are not what a suite varies."""
    varied = {project for project, _ in scales}
    return tuple(line for line in environment.requirements if project_name(line) not in varied)


def _draft(group: Group, newest: int) -> Tuple[Draft, Tuple[LeftOut, ...]]:
    grid = _grid(group)
    apart = {name for left in grid.apart for name in left.where}
    covered = [each for each in group.environments if each.name not in apart]
    names = {
        project: _shortest(named(by_project(each)[project]) for each in covered)
        for project, _ in grid.scales
    }
    limits = [f"{names[project]}{scale.limits}" for project, scale in grid.scales]
    combinations = {place[:-1] for place in grid.places}
    complete = 1
    for _, scale in grid.scales:
        complete *= len(scale.points)
    variables, differing = _variables(covered)
    return (
        Draft(
            package=limits[0],
            paths=covered[0].paths,
            covers=tuple(each.name for each in covered),
            label=group.label,
            requirements=_requirements(grid),
            python=_python(grid, newest),
            axes=tuple(limits[1:]),
            combine=_ALL if group.axes and len(combinations) == complete else None,
            variables=variables,
            remarks=tuple(_remarks(grid, names, len(combinations), complete)),
        ),
        (*grid.apart, *differing),
    )


def _shortest(names: Iterable[str]) -> str:
    return min(set(names), key=lambda name: (len(name), name))


def _remarks(
    grid: Grid, names: Mapping[str, str], combinations: int, complete: int
) -> Iterable[str]:
    for project, scale in grid.scales:
        first = scale.points[0]
        if scale.floor is None:
            oldest = f"the newest {names[project]}{first.below}" if first else "the newest release"
            yield f"No environment says the oldest {project} that is supported: give a floor. The oldest tested is {oldest}."
        if scale.ceiling is not None:
            yield f"No environment takes {project}{scale.ceiling.above}: without the upper bound newer releases are tested, too."
    if len(grid.scales) > 1 and combinations < complete:
        yield f"{combinations} of {complete} combinations were tested: `combine` says which are from now on."


def _requirements(grid: Grid) -> Tuple[Tuple[str, Tuple[str, ...]], ...]:
    held = {place: _rest(each, grid.scales) for place, each in grid.places.items()}
    lines = dict.fromkeys(line for rest in held.values() for line in rest)
    rules: dict[Tuple[object, ...], Tuple[str, list[str]]] = {}
    for line in lines:
        for box in boxes({place: line in rest for place, rest in held.items()}):
            rules.setdefault(_order(box), (_key(grid, box), []))[1].append(line)
    merged: dict[str, list[str]] = {}
    for order in sorted(rules):
        key, found = rules[order]
        merged.setdefault(key, []).extend(each for each in found if each not in merged.get(key, []))
    return tuple((key, tuple(found)) for key, found in merged.items())


def _order(box: Box) -> Tuple[object, ...]:
    """What holds everywhere comes first, then by releases, oldest first."""
    return (
        any(limits != (None, None) for limits in box),
        *(
            (-1 if first is None else first, sys.maxsize if last is None else last)
            for first, last in box
        ),
    )


def _key(grid: Grid, box: Box) -> str:
    conditions: list[str] = []
    for number, ((project, scale), (first, last)) in enumerate(zip(grid.scales, box)):
        specifier = scale.between(first, last)
        if specifier:
            conditions.append(f"{project if number else ''}{specifier}")
    pythons = _between_pythons(grid.pythons, *box[-1])
    if pythons:
        conditions.append(f"{PYTHON}{pythons}")
    return " and ".join(conditions) or EVERY_RELEASE


def _between_pythons(pythons: Sequence[int], first: Optional[int], last: Optional[int]) -> str:
    """The specifier of the Pythons from one to another; the next that is there is out."""
    ends = [] if first is None else [f">=3.{first}"]
    following = [minor for minor in pythons if last is not None and minor > last]
    return ",".join([*ends, *([f"<3.{following[0]}"] if following else [])])


def _python(grid: Grid, newest: int) -> Tuple[Tuple[str, str], ...]:
    """On which Pythons the package is tested, and its releases where that is narrower."""
    if grid.pythons == (0,):
        return ()
    low, high = grid.pythons[0], grid.pythons[-1]
    rules = [(EVERY_RELEASE, f">=3.{low}" + (f",<3.{high + 1}" if high < newest else ""))]
    _, scale = grid.scales[0]
    narrower: list[Tuple[int, int, str]] = []
    for point in sorted({place[0] for place in grid.places}):
        minors = [place[-1] for place in grid.places if place[0] == point]
        ends = [f">=3.{min(minors)}"] if min(minors) > low else []
        ends += [f"<3.{max(minors) + 1}"] if max(minors) < high else []
        limits = ",".join(ends)
        if narrower and narrower[-1][2] == limits:
            narrower[-1] = (narrower[-1][0], point, limits)
        else:
            narrower.append((point, point, limits))
    rules.extend(
        (scale.between(first, last) or EVERY_RELEASE, limits)
        for first, last, limits in narrower
        if limits
    )
    return tuple(rules)


def _variables(
    covered: Sequence[Environment],
) -> Tuple[Tuple[Tuple[str, str], ...], Tuple[LeftOut, ...]]:
    """The variables that all environments share, and the others."""
    shared = set.intersection(*(set(each.variables) for each in covered))
    differing = sorted({name for each in covered for name, _ in set(each.variables) - shared})
    where = tuple(each.name for each in covered)
    why = "its value differs, and a suite has one environment of variables: set it in a fixture"
    return (
        tuple(pair for pair in covered[0].variables if pair in shared),
        tuple(LeftOut(f"set_env {name}", why, where) for name in differing),
    )
