"""Which environments are one suite: those that run the same tests with the same package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, FrozenSet, Iterable, Iterator, Mapping, Sequence, Tuple, TypeVar

from version_matrix.drafts.model import Environment, LeftOut
from version_matrix.drafts.requirement_lines import by_project, named, specifier_of, varied
from version_matrix.drafts.spans import span_of

# What runs tests is no integration, unless the tests are named after it.
_TEST_TOOLS = re.compile(r"coverage|hypothesis|mock|nose|pip|pytest(-.*)?|setuptools|tox|wheel")
# As many as a suite may have.
_MAX_AXES = 5
_NO_TESTS = "they name no Python, and run nothing that pytest would"
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
        if environment.paths or environment.python:
            families.setdefault(environment.paths, []).append(environment)
        else:
            yield LeftOut("environments", _NO_TESTS, (environment.name,))
    for family in families.values():
        yield from _of_family(family, _NO_PACKAGE)


def _of_family(family: Sequence[Environment], otherwise: str) -> Iterator["Group | LeftOut"]:
    """The groups of environments that run the same tests; `otherwise` is said of those in none."""
    package = _package(family)
    if package is None:
        yield LeftOut("environments", otherwise, tuple(each.name for each in family))
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
        yield from _of_family(
            others, f"others that run the same tests install {package}; they do not"
        )


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
        or (ends[project] > 1 and any(_hints(text, project) for text in (*factors, *paths)))
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


def _hints(text: str, project: str) -> bool:
    """Whether a factor or a path has a word of a project's name: `beam` of apache-beam."""
    words = set(re.split(r"[^a-z0-9]+", text.lower()))
    return any(len(word) > 3 and word in words for word in project.split("-"))


def _variants(package: str, having: Sequence[Environment]) -> Iterator[Group]:
    """Parts of a family such that releases and a Python say what is installed."""
    found: list[Tuple[Tuple[str, ...], Sequence[Environment]]] = []
    for alike in _by_variables(package, having):
        axes = _axes(package, alike)
        found.extend((_varying(axes, part), part) for part in _by_presence(package, axes, alike))
    for varying, part in found:
        others = [each for _, members in found if members is not part for each in members]
        yield Group(package, tuple(part), varying, _label(part, others))


_Item = TypeVar("_Item")


def _unshared(sets: Sequence[FrozenSet[_Item]]) -> FrozenSet[_Item]:
    """What some of the sets have, and others have not."""
    every: FrozenSet[_Item] = frozenset()
    return every.union(*sets) - sets[0].intersection(*sets)


def _parted(
    environments: Iterable[Environment], kind: Callable[[Environment], object]
) -> Sequence[Sequence[Environment]]:
    """The environments by their kind, in the order in which kinds come first."""
    parts: dict[object, list[Environment]] = {}
    for environment in environments:
        parts.setdefault(kind(environment), []).append(environment)
    return tuple(parts.values())


def _alike(
    projects: Sequence[str], environments: Iterable[Environment]
) -> Sequence[Sequence[Environment]]:
    """Environments with one release of each project, on one Python."""

    def releases(each: Environment) -> object:
        table = by_project(each)
        ends = tuple(_end(table[project]) if project in table else "" for project in projects)
        return each.python, ends

    return _parted(environments, releases)


def _by_variables(package: str, having: Sequence[Environment]) -> Sequence[Sequence[Environment]]:
    """Parts of which each has one value of every variable that release and Python do not decide."""
    differing: set[str] = set()
    for alike in _alike([package], having):
        differing |= {name for name, _ in _unshared([frozenset(e.variables) for e in alike])}
    return _parted(
        having, lambda each: tuple(pair for pair in each.variables if pair[0] in differing)
    )


def _axes(package: str, environments: Sequence[Environment]) -> Sequence[str]:
    """The further projects of which one release of the package is tested with several."""
    ends: dict[str, int] = {}
    for alike in _alike([package], environments):
        tables = [by_project(each) for each in alike]
        for project in sorted(frozenset().union(*tables) - {package}):
            seen = {_end(table[project]) for table in tables if project in table}
            if len(seen) > 1:
                ends[project] = max(len(seen), ends.get(project, 0))
    return sorted(sorted(ends, key=lambda project: -ends[project])[:_MAX_AXES])


def _by_presence(
    package: str, axes: Sequence[str], environments: Sequence[Environment]
) -> Sequence[Sequence[Environment]]:
    """Parts of which each has, or has not, what the releases and Python do not decide."""
    projects: FrozenSet[str] = frozenset(axes)
    for alike in _alike([package, *axes], environments):
        projects |= _unshared([frozenset(by_project(each)) for each in alike])
    return _parted(
        environments,
        lambda each: (named(by_project(each)[package]), projects & set(by_project(each))),
    )


def _varying(axes: Iterable[str], part: Sequence[Environment]) -> Tuple[str, ...]:
    """Those of the axes of which a part has several releases."""
    tables = [by_project(each) for each in part]
    return tuple(
        project
        for project in axes
        if project in tables[0] and len({_end(table[project]) for table in tables}) > 1
    )


def _label(part: Sequence[Environment], others: Sequence[Environment]) -> str:
    """The factors that all of a part have, and none of the others; empty if there are no others."""
    if not others:
        return ""
    common = set.intersection(*(set(each.factors) for each in part))
    elsewhere = {factor for each in others for factor in each.factors}
    ordered: Mapping[str, None] = dict.fromkeys(part[0].factors)
    return "_".join(factor for factor in ordered if factor in common - elsewhere)
