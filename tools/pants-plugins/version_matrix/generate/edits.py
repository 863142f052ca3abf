"""Edits of a stanza that may mend cells without a lock: what each is for, says and does. Pure."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Tuple, Union

from packaging.version import Version

from version_matrix.stanza import suite as parsing
from version_matrix.stanza.conditions import EVERY_RELEASE
from version_matrix.stanza.suite import Suite

Cell = Tuple[str, str]
"""A sample and a Python."""

Fields = Mapping[str, Any]
"""Field of a stanza -> its value, as a BUILD file says it."""


@dataclass(frozen=True)
class BuildProjects:
    """Lets projects be built from source."""

    cells: frozenset[Cell]
    projects: tuple[str, ...]

    def __str__(self) -> str:
        return f"sdists={_listed(self.projects)}"

    def applied(self, fields: Fields) -> Fields:
        listed = sorted({*fields["sdists"], *self.projects})
        return {**fields, "sdists": listed}


@dataclass(frozen=True)
class LimitPython:
    """Leaves out Pythons of some releases: key of the field `python` -> specifier on Python."""

    cells: frozenset[Cell]
    limits: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        told = ", ".join(f'"{key}": "{limit}"' for key, limit in self.limits)
        return f"python={{{told}}}"

    def applied(self, fields: Fields) -> Fields:
        python = dict(fields["python"])
        for key, limit in self.limits:
            python[key] = both_limits(python.get(key), limit)
        return {**fields, "python": python}


@dataclass(frozen=True)
class MoveRequirement:
    """Takes a requirement out of a rule, and puts it under a narrower key, if any is left."""

    cells: frozenset[Cell]
    requirement: str
    key: str
    narrower: str | None

    def __str__(self) -> str:
        if self.narrower is None:
            return f'"{self.requirement}" out of the rule "{self.key}"'
        return f'"{self.requirement}" under "{self.narrower}" instead of "{self.key}"'

    def applied(self, fields: Fields) -> Fields:
        rules = {key: list(lines) for key, lines in fields["requirements"].items()}
        rules[self.key] = [line for line in rules.get(self.key, []) if line != self.requirement]
        if not rules[self.key]:
            del rules[self.key]
        if self.narrower is not None:
            rules.setdefault(self.narrower, []).append(self.requirement)
        return {**fields, "requirements": rules}


@dataclass(frozen=True)
class OverrideRequirement:
    """Says in a rule what elsewhere is said otherwise: key -> requirement."""

    cells: frozenset[Cell]
    rules: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        told = ", ".join(f'"{key}": ["{requirement}"]' for key, requirement in self.rules)
        return f"requirements={{{told}}}"

    def applied(self, fields: Fields) -> Fields:
        rules = {key: list(lines) for key, lines in fields["requirements"].items()}
        for key, requirement in self.rules:
            if requirement not in rules.setdefault(key, []):
                rules[key].append(requirement)
        return {**fields, "requirements": rules}


@dataclass(frozen=True)
class Expected:
    """An entry of `known_failures`; without `python` it is for all Pythons of the release."""

    version: str
    key: str
    reason: str
    python: str = ""


@dataclass(frozen=True)
class ExpectFailure:
    """Lists cells as known failures."""

    cells: frozenset[Cell]
    failures: tuple[Expected, ...]

    def __str__(self) -> str:
        told = ", ".join(
            f'"{each.key}"' + (f" on Python {each.python}" if each.python else "")
            for each in self.failures
        )
        return f"known_failures of {told}"

    def applied(self, fields: Fields) -> Fields:
        listed = dict(fields["known_failures"])
        for each in self.failures:
            # Of an own-floor suite there is but one key.
            keys = [each.key]
            if each.key != EVERY_RELEASE:
                keys += [f"=={each.version}", f">={each.version},<={each.version}"]
            key = next((key for key in keys if key not in listed), None)
            if key is None:
                continue
            listed[key] = (
                {"reason": each.reason, "python": each.python} if each.python else each.reason
            )
        return {**fields, "known_failures": listed}


Edit = Union[BuildProjects, LimitPython, MoveRequirement, OverrideRequirement, ExpectFailure]


def fields_of(suite: Suite) -> Fields:
    """The fields of a stanza that remedies edit, as a BUILD file says them."""
    return {
        "requirements": {rule.specifier: list(rule.requirements) for rule in suite.rules},
        "python": dict(suite.python),
        "sdists": list(suite.sdists),
        "known_failures": {
            known.specifier: (
                {
                    "reason": known.reason,
                    **({"until": known.until.isoformat()} if known.until else {}),
                    **({"python": known.python} if known.python else {}),
                }
                if known.until or known.python
                else known.reason
            )
            for known in suite.known_failures
        },
    }


def with_fields(suite: Suite, fields: Fields) -> Suite:
    """The suite as its stanza would be with these fields."""
    return dataclasses.replace(
        suite,
        rules=parsing.parse_rules(fields["requirements"]),
        python=parsing.parse_python(fields["python"]),
        sdists=parsing.parse_projects(fields["sdists"]),
        known_failures=parsing.parse_known_failures(fields["known_failures"]),
    )


def both_limits(old: str | None, new: str) -> str:
    """A limit on Python that holds beside another; a floor takes the place of a lower one."""
    if old is None:
        return new
    if re.fullmatch(r">=[\d.]+", old) and re.fullmatch(r">=[\d.]+", new):
        return max(old, new, key=lambda limit: Version(limit[2:]))
    return f"{old},{new}"


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
