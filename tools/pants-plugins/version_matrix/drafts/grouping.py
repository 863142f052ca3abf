"""Which environments are one suite: those that run the same tests with the same package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator, Mapping, Sequence, Tuple

from version_matrix.drafts.model import Environment, LeftOut
from version_matrix.drafts.requirement_lines import by_project, named, specifier_of, varied
from version_matrix.drafts.spans import span_of

# What runs tests is no integration, unless the tests are named after it.
_TEST_TOOLS = re.compile(r"coverage|hypothesis|mock|nose|pip|pytest(-.*)?|setuptools|tox|wheel")
_NO_PACKAGE = (
    "nothing that it installs is called like its factors or its tests, nor differs from one "
    "environment to the next: it is no integration (`python_tests`)"
)


@dataclass(frozen=True)
class Group:
    """Environments that become one draft, which `package` they vary, and which others (axes).

    `label` tells the group from others of the same tests and package.
    """

    package: str
    environments: Tuple[Environment, ...]
    axes: Tuple[str, ...] = ()
    label: str = ""


def groups(environments: Iterable[Environment]) -> Iterator["Group | LeftOut"]:
    """Groups, and the environments that are in none; each environment is in exactly one of both."""
    families: dict[Tuple[str, ...], list[Environment]] = {}
    for environment in environments:
        families.setdefault(environment.paths, []).append(environment)
    for family in families.values():
        yield from _of_family(family)


def _of_family(family: Sequence[Environment]) -> Iterator["Group | LeftOut"]:
    package = _package(family)
    if package is None:
        yield LeftOut("environments", _NO_PACKAGE, tuple(each.name for each in family))
        return
    having = [each for each in family if package in by_project(each)]
    named_python = [each for each in having if each.python is not None]
    if 0 < len(named_python) < len(having):
        rest = tuple(each.name for each in having if each.python is None)
        yield LeftOut("environments", "they name no Python, and others like them do", rest)
        having = named_python
    yield from _variants(package, having)
    others = [each for each in family if package not in by_project(each)]
    if others:
        yield from _of_family(others)


def _package(family: Sequence[Environment]) -> "str | None":
    """The package that a family of environments is about; None if there is none to be seen."""
    differing = varied(family)
    told: dict[str, set[Tuple[str, ...]]] = {}
    for environment in family:
        for project, lines in by_project(environment).items():
            told.setdefault(project, set()).add(lines)
    factors = [factor for environment in family for factor in environment.factors]
    paths = [path for environment in family for path in environment.paths[:1]]
    by_path = {project for project in told if any(_says(path, project) for path in paths)}
    by_factor = {project for project in told if any(_says(each, project) for each in factors)}
    ends = {project: len({_end(lines) for lines in told[project]}) for project in told}
    candidates = [
        project
        for project in told
        if project in by_path
        # Of what runs no tests here only what varies is an integration: else `lint` would be one.
        or (project in by_factor and (family[0].paths or ends[project] > 1))
        or (project in differing and not _TEST_TOOLS.fullmatch(project))
    ]
    return max(
        candidates,
        key=lambda project: (
            project in by_path,
            project in by_factor and ends[project] > 1,
            ends[project] > 1,
            project in by_factor,
            ends[project],
        ),
        default=None,
    )


def _end(lines: Tuple[str, ...]) -> object:
    return span_of(specifier_of(lines)).high


def _says(text: str, project: str) -> bool:
    """Whether a factor or a path has the name of a project: some of its words, joined."""
    wanted = project.replace("-", "")
    words = re.split(r"[^a-z0-9]+", text.lower())
    # A version often follows without a separator: `django42`.
    spelled = [*words, *(word.rstrip("0123456789") for word in words)]
    return wanted in spelled or any(
        wanted == "".join(words[first:last])
        for first in range(len(words))
        for last in range(first + 2, len(words) + 1)
    )


def _variants(package: str, having: Sequence[Environment]) -> Iterator["Group | LeftOut"]:
    """Parts of a family such that a release and a Python say what is installed, but for axes."""
    present, differing = _collisions(package, having)
    parts: dict[object, list[Environment]] = {}
    for environment in having:
        parts.setdefault(_kind(environment, package, present, differing), []).append(environment)
    for part in parts.values():
        label = _label(part, [each for other in parts.values() if other is not part for each in other])
        for axes, members in _by_axes(package, part):
            yield Group(package, tuple(members), axes, label)


def _collisions(
    package: str, having: Sequence[Environment]
) -> Tuple[frozenset[str], frozenset[str]]:
    """The projects, and the variables, that environments of one release and Python do not share."""
    present: set[str] = set()
    differing: set[str] = set()
    for alike in _alike(package, having):
        projects = [set(by_project(each)) for each in alike]
        present |= set.union(*projects) - set.intersection(*projects)
        variables = [set(each.variables) for each in alike]
        changed = set.union(*variables) - set.intersection(*variables)
        differing |= {name for name, _ in changed}
    return frozenset(present), frozenset(differing)


def _alike(package: str, having: Sequence[Environment]) -> Iterable[Sequence[Environment]]:
    """Environments of one release of the package, on one Python, where there are several."""
    found: dict[object, list[Environment]] = {}
    for each in having:
        lines = by_project(each)[package]
        found.setdefault((_end(lines), each.python), []).append(each)
    return [alike for alike in found.values() if len(alike) > 1]


def _kind(
    environment: Environment, package: str, present: frozenset[str], differing: frozenset[str]
) -> object:
    lines = by_project(environment)
    return (
        named(lines[package]),
        frozenset(present & set(lines)),
        tuple(pair for pair in environment.variables if pair[0] in differing),
    )


def _by_axes(
    package: str, part: Sequence[Environment]
) -> Iterator[Tuple[Tuple[str, ...], Sequence[Environment]]]:
    """The part, or parts of it that all have its axes, each with them."""
    axes = set()
    for alike in _alike(package, part):
        tables = [by_project(each) for each in alike]
        for project in set(tables[0]) - {package}:
            ends = {_end(table[project]) for table in tables if project in table}
            if len(ends) > 1:
                axes.add(project)
    parts: dict[Tuple[str, ...], list[Environment]] = {}
    for each in part:
        parts.setdefault(tuple(sorted(axes & set(by_project(each)))), []).append(each)
    for had, members in parts.items():
        varying = [
            project
            for project in had
            if len({_end(by_project(each)[project]) for each in members}) > 1
        ]
        yield tuple(varying), members


def _label(part: Sequence[Environment], others: Sequence[Environment]) -> str:
    """The factors that all of a part have, and none of the others; empty if there are no others."""
    if not others:
        return ""
    common = set.intersection(*(set(each.factors) for each in part))
    elsewhere = {factor for each in others for factor in each.factors}
    ordered: Mapping[str, None] = dict.fromkeys(part[0].factors)
    return "_".join(factor for factor in ordered if factor in common - elsewhere)
