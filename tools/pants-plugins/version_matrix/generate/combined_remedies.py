"""What may mend combinations that can have no lock, where it is more than their releases that clash.

What clashes of the releases alone has no remedy, and needs none: the nearest that goes is tested in its
place. So no combination is ever suggested as a known failure. Pure.
"""

from __future__ import annotations

import re
from typing import Iterator, Sequence, Tuple

from version_matrix.generate import accounts
from version_matrix.generate.edits import (
    Cell,
    Edit,
    LimitPython,
    MoveRequirement,
    OverrideRequirement,
)
from version_matrix.generate.requests import Unlocked
from version_matrix.generate.resolver_words import without_clues
from version_matrix.generate.rule_keys import alone, condition, joined, python_limit, release_key
from version_matrix.stanza.combination import release_of
from version_matrix.stanza.conditions import EVERY_RELEASE
from version_matrix.stanza.suite import Suite, project_name

Cause = Tuple[str, ...]
"""What has a part in it beside the releases: requirements, or what has no wheel, or wants another Python."""


def cause(each: Unlocked) -> Cause:
    """Combinations of one cause have one remedy; of none they only do not go together."""
    answer = each.answer
    if answer.wheelless:
        return tuple(sorted(name for name, _ in answer.wheelless))
    if answer.python:
        return answer.python
    account = _account(each)
    return tuple(
        line for line in accounts.named(account, each.origins) if _takes_part(line, account)
    )


def _takes_part(line: str, account: str) -> bool:
    """Whether an account names the project of a requirement otherwise than as what releases depend on."""
    project = re.escape(project_name(line))
    return bool(re.search(rf"(?<!depends on )(?<![\w.-]){project}(?![\w-])", account))


def of_combinations(
    suite: Suite,
    alike: Sequence[Unlocked],
    good: frozenset[Cell],
    kept: frozenset[Cell],
) -> Iterator[Edit]:
    """What may mend combinations of one cause, the likeliest first.

    `good` are cells that have a lock, `kept` those, and the ones that are unresolvable for another reason.
    """
    if not cause(alike[0]):
        return
    hit = frozenset((each.version, each.python) for each in alike)
    if not alike[0].answer.wheelless and not alike[0].answer.python:
        yield from _overrides(suite, alike, good)
        yield from _moves(suite, alike, hit, good)
    yield from _limits(hit, kept)


def _account(each: Unlocked) -> str:
    return without_clues(each.answer.derivation or each.reason)


def _overrides(
    suite: Suite, alike: Sequence[Unlocked], good: frozenset[Cell]
) -> Iterator[OverrideRequirement]:
    """Rules that win over what no rule says, as what is asked for beside it wants it."""
    for line in cause(alike[0]):
        if any(line in rule.requirements for rule in suite.rules):
            continue
        by_requirement: dict[str, set[Cell]] = {}
        for each in alike:
            requirement = accounts.wanted(_account(each), line)
            if requirement is not None:
                cell = (each.version, each.python)
                by_requirement.setdefault(requirement, set()).add(cell)
        rules: dict[str, str] = {}
        for requirement, cells in by_requirement.items():
            rules.update((key, requirement) for key in _keys(cells, good))
        if rules:
            yield OverrideRequirement(
                frozenset(cell for cells in by_requirement.values() for cell in cells),
                tuple(rules.items()),
            )


def _keys(cells: set[Cell], good: frozenset[Cell]) -> Iterator[str]:
    """Keys that hold for these cells, and for no good one."""
    if not good:
        yield EVERY_RELEASE
        return
    found = condition(good, cells)
    if found is not None:
        yield found
        return
    others = {version for version, _ in good}
    yield from dict.fromkeys(alone(version, others - {version}) for version, _ in sorted(cells))


def _moves(
    suite: Suite, alike: Sequence[Unlocked], hit: frozenset[Cell], good: frozenset[Cell]
) -> Iterator[MoveRequirement]:
    """Each limit of a rule that has a part in it, on the releases or Pythons that it agrees with.

    What is asked for by nobody else is no limit, but wanted by the tests: it stays.
    """
    for line in cause(alike[0]):
        named = re.compile(rf"depends on {re.escape(project_name(line))}(?![\w.-])")
        if not any(named.search(_account(each)) for each in alike):
            continue
        for rule in suite.rules:
            if line not in rule.requirements:
                continue
            within = {
                (version, python)
                for version, python in good
                if rule.admits_release(version) and rule.pythons([python])
            }
            told = condition(hit, within) if within else None
            if told is not None or not within:
                narrower = joined(rule.specifier, told) if told else None
                yield MoveRequirement(hit, line, rule.specifier, narrower)


def _limits(hit: frozenset[Cell], kept: frozenset[Cell]) -> Iterator[LimitPython]:
    """The Pythons on which nothing has a lock, or nothing of a release of the package, are left out."""
    limit = _limit(hit, kept)
    if limit is not None:
        yield LimitPython(hit, ((EVERY_RELEASE, limit),))
        return
    limits = {}
    releases = {release_of(version) for version, _ in (*hit, *kept)}
    for release in sorted({release_of(version) for version, _ in hit}):
        own, others = (
            frozenset(cell for cell in cells if release_of(cell[0]) == release)
            for cells in (hit, kept)
        )
        limit = _limit(own, others)
        if limit is None:
            return
        limits[release_key(release, releases - {release})] = limit
    yield LimitPython(hit, tuple(limits.items()))


def _limit(hit: frozenset[Cell], kept: frozenset[Cell]) -> str | None:
    if not kept:
        return None
    return python_limit({python for _, python in hit}, {python for _, python in kept})
