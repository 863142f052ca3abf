"""Which packages are watched, and which of their releases count."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.version import InvalidVersion, Version

from release_sampler import SamplerError, Suite
from release_sampler.basis.pythons import by_age, minor_of
from release_sampler.basis.specifiers import admits, parse_specifiers

_EXPECTED = "expected the output of `./pants matrix --format=json ::`, or a requirement a line, as in httpx>=0.16"


class BadWatchlist(Exception):
    """Packages that cannot be watched: the culprit, and what was expected."""


@dataclass(frozen=True)
class Watched:
    """A package (its normalized name) and the requirements of all who want to hear of it."""

    name: str
    requirements: tuple[str, ...]

    def announces(self, version: str, *, prereleases: bool) -> bool:
        """Whether some requirement admits a release. Dev releases never count."""
        try:
            parsed = Version(version)
        except InvalidVersion:
            return False
        if parsed.is_devrelease or (parsed.is_prerelease and not prereleases):
            return False
        specifiers = (str(Suite(text).requirement.specifier) for text in self.requirements)
        return any(admits(parse_specifiers(text), parsed) for text in specifiers)


Watchlist = Mapping[str, Watched]


def make_watchlist(requirements: Iterable[str]) -> Watchlist:
    """Put requirements together by package, sorted; raises `BadWatchlist` for a malformed one."""
    by_name: dict[str, set[str]] = {}
    for text in requirements:
        try:
            by_name.setdefault(Suite(text).name, set()).add(text)
        except SamplerError as error:
            raise BadWatchlist(str(error)) from error
    return {name: Watched(name, tuple(sorted(by_name[name]))) for name in sorted(by_name)}


def parse_packages_file(text: str) -> tuple[str, ...]:
    """The requirements that a file names; raises `BadWatchlist`.

    A file is JSON, a list of suites each with its `package` (null where a suite has none) and, where it
    varies more, `axes`, or plain text with a requirement a line and `#` before comments.
    """
    if text.lstrip().startswith(("[", "{")):
        return tuple(_from_json(text))
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def pythons_of(text: str) -> tuple[str, ...]:
    """The Pythons on which the suites of a file are tested: none, unless it is JSON that says so.

    Raises `BadWatchlist` if it begins as JSON and is none.
    """
    if not text.lstrip().startswith(("[", "{")):
        return ()
    return by_age(python for suite in _suites(text) for python in _pythons(suite))


def _pythons(suite: object) -> Iterator[str]:
    for sample in _listed(suite, "samples"):
        yield from filter(is_known_python, _listed(sample, "pythons"))
    for cell in _listed(suite, "cells"):
        python = cell.get("python") if isinstance(cell, dict) else None
        yield from filter(is_known_python, [python])


def _listed(document: object, name: str) -> list[Any]:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, list) else []


def is_known_python(target: object) -> bool:
    """Whether this names a Python, as `target_pythons` of the matrix does."""
    try:
        return isinstance(target, str) and bool(minor_of(target))
    except SamplerError:
        return False


def _suites(text: str) -> list[Any]:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadWatchlist(f"not JSON ({error}); {_EXPECTED}") from error
    # A report's plan, matrix.json, has its suites below a key.
    suites = document.get("suites") if isinstance(document, dict) else document
    if not isinstance(suites, list):
        raise BadWatchlist(f"no list of suites; {_EXPECTED}")
    return suites


def _from_json(text: str) -> Iterator[str]:
    for suite in _suites(text):
        package = suite.get("package") if isinstance(suite, dict) else suite
        if isinstance(package, str):
            yield package
        elif package is not None or not isinstance(suite, dict):
            raise BadWatchlist(f"{str(suite)[:80]!r} is no suite; {_EXPECTED}")
        # Further packages that it varies.
        axes = suite.get("axes", []) if isinstance(suite, dict) else []
        if not isinstance(axes, list) or not all(isinstance(axis, str) for axis in axes):
            raise BadWatchlist(f"{str(axes)[:80]!r} are no axes of a suite; {_EXPECTED}")
        yield from axes
