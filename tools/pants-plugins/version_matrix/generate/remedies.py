"""What may mend cells that can have no lock: edits of a stanza, the likeliest of each cause first.

Pure: which of them helps is found out elsewhere, by trying.
"""

from __future__ import annotations

import re
from typing import Iterable, Iterator, Sequence

from packaging.version import Version

from version_matrix.generate import accounts
from version_matrix.generate.combined_remedies import of_combinations
from version_matrix.generate.edits import (
    BuildProjects,
    Cell,
    Edit,
    Expected,
    ExpectFailure,
    LimitPython,
    MoveRequirement,
    OverrideRequirement,
    both_limits,
)
from version_matrix.generate.obstacles import UNRESOLVABLE
from version_matrix.generate.requests import Unlocked
from version_matrix.generate.resolver_words import without_clues
from version_matrix.generate.rule_keys import (
    joined,
    python_condition,
    python_limit,
    release_condition,
    release_key,
)
from version_matrix.stanza import conditions
from version_matrix.stanza.conditions import EVERY_RELEASE, PYTHON
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS
from version_matrix.stanza.suite import Rule, Suite, project_name

_REASON_AT_MOST = 120


def remedies(
    suite: Suite, alike: Sequence[Unlocked], cells: Iterable[Cell], others: Iterable[Cell]
) -> Iterator[Edit]:
    """What may mend cells that are unresolvable for one reason, the likeliest first.

    `cells` are all of the suite, `others` those that are unresolvable for another reason.
    """
    cells = frozenset(cells)
    hit = frozenset((each.version, each.python) for each in alike)
    good = cells - hit - frozenset(others)
    answer = alike[0].answer
    if answer.wheelless and not answer.beside:
        projects = {name for each in alike for name, _ in each.answer.wheelless}
        yield BuildProjects(hit, tuple(sorted(projects)))
    if suite.axes:
        yield from of_combinations(suite, alike, good, cells - hit)
        return
    if not answer.wheelless and not answer.python:
        yield from _overrides(suite, alike, hit, good)
        yield from _moves(suite, alike, hit, good)
    # What is unresolvable for another reason may be mended, and pass.
    yield from _limits(suite, alike, hit, good, cells - hit)
    failures = _expected(alike, hit, cells - hit)
    if failures:
        yield ExpectFailure(hit, failures)


def _overrides(
    suite: Suite, alike: Sequence[Unlocked], hit: frozenset[Cell], good: frozenset[Cell]
) -> Iterator[Edit]:
    """Rules that win over what no rule says, as what is asked for beside it wants it."""
    account = without_clues(alike[0].answer.derivation)
    for line in accounts.named(account, alike[0].origins):
        ruled = [rule for rule in suite.rules if line in rule.requirements]
        requirement = accounts.wanted(account, line)
        if ruled or requirement is None or project_name(line) == suite.project:
            continue
        keys = dict.fromkeys(
            key
            for version in _versions(hit)
            for key in _keys_for(suite, account, version, hit, good)
        )
        if keys:
            yield OverrideRequirement(hit, tuple((key, requirement) for key in keys))


def _keys_for(
    suite: Suite, account: str, version: str, hit: frozenset[Cell], good: frozenset[Cell]
) -> Iterator[str]:
    """The key of the rule whose requirement wants something else; else one of the release."""
    if version in OWN_FLOOR_TIERS:
        yield EVERY_RELEASE
        return
    for rule in suite.rules_for(version):
        if rule.specifier != EVERY_RELEASE and any(
            re.search(rf"(?<![\w.-]){re.escape(project_name(line))}\S* depends on", account)
            for line in rule.requirements
        ):
            yield rule.specifier
            return
    yield release_key(version, {v for v, _ in good})


def _moves(
    suite: Suite, alike: Sequence[Unlocked], hit: frozenset[Cell], good: frozenset[Cell]
) -> Iterator[Edit]:
    """Each limit of a rule that has a part in it, on the releases or Pythons that it agrees with.

    What is asked for by nobody else is no limit, but wanted by the tests: it stays.
    """
    account = without_clues(alike[0].answer.derivation)
    named = accounts.named(account, alike[0].origins)
    for line in named:
        project = project_name(line)
        wanted = re.search(rf"depends on {re.escape(project)}(?![\w.-])", account) or any(
            project_name(other) == project for other in named if other != line
        )
        for rule in suite.rules:
            if wanted and line in rule.requirements and project != suite.project:
                yield from _moved(rule, line, hit, good)


def _moved(rule: Rule, line: str, hit: frozenset[Cell], good: frozenset[Cell]) -> Iterator[Edit]:
    within = {
        (version, python)
        for version, python in good
        if rule.admits_release(version) and rule.pythons([python])
    }
    if not within:
        yield MoveRequirement(hit, line, rule.specifier, None)
        return
    if any(version in OWN_FLOOR_TIERS for version, _ in hit):
        return
    versions, bad = {version for version, _ in within}, {version for version, _ in hit}
    condition = release_condition(bad, versions)
    if condition is None:
        condition = python_condition({p for _, p in hit}, {p for _, p in within})
    if condition is not None:
        yield MoveRequirement(hit, line, rule.specifier, joined(rule.specifier, condition))


def _limits(
    suite: Suite,
    alike: Sequence[Unlocked],
    hit: frozenset[Cell],
    good: frozenset[Cell],
    kept_cells: frozenset[Cell],
) -> Iterator[Edit]:
    """The Pythons of each release that have no lock are left out, where it keeps a good one."""
    limits: dict[str, str] = {}
    asked = alike[0].answer.python
    for version in _versions(hit):
        bad = {python for other, python in hit if other == version}
        kept = {python for other, python in kept_cells if other == version}
        if not any(other == version for other, _ in good):
            return
        limit = asked[1] if asked and _excludes(asked[1], bad, kept) else python_limit(bad, kept)
        if limit is None:
            return
        others = {other for other, _ in kept_cells} - {version}
        key = _ruled_key(suite, asked, version) or release_key(version, others)
        # What a sample of an own-floor suite is called is no key.
        key = version if version in OWN_FLOOR_TIERS else key
        limits[key] = both_limits(limits.get(key), limit)
    if len(set(limits.values())) == 1:
        (limit,) = set(limits.values())
        if all(conditions.admits_minor(limit, python) for _, python in kept_cells):
            # No release has a lock on the Pythons that are left out.
            limits = {EVERY_RELEASE: limit}
    if not any(key in OWN_FLOOR_TIERS for key in limits):
        yield LimitPython(hit, tuple(limits.items()))


def _ruled_key(suite: Suite, asked: tuple[str, str] | None, version: str) -> str | None:
    """The releases that a rule asks for what is too new for a Python, if it names releases alone."""
    if asked is None:
        return None
    project = re.match(r"[\w.-]+", asked[0])
    for rule in suite.rules_for(version):
        if rule.specifier == EVERY_RELEASE or PYTHON in rule.specifier or " and " in rule.specifier:
            continue
        if project and any(
            project_name(line) == project_name(project[0]) for line in rule.requirements
        ):
            return rule.specifier
    return None


def _excludes(limit: str, bad: Iterable[str], good: Iterable[str]) -> bool:
    try:
        return not any(conditions.admits_minor(limit, p) for p in bad) and all(
            conditions.admits_minor(limit, p) for p in good
        )
    except conditions.SuiteError:
        return False


def _expected(
    alike: Sequence[Unlocked], hit: frozenset[Cell], good: frozenset[Cell]
) -> tuple[Expected, ...]:
    """An entry of `known_failures` a release; none of them covers another cell."""
    reason = _short(alike[0].reason)
    failures = []
    for version in _versions(hit):
        bad = {python for other, python in hit if other == version}
        kept = {python for other, python in good if other == version}
        python = python_limit(kept, bad) if kept else ""
        if version in OWN_FLOOR_TIERS:
            return _expected_ofboth_limits(reason, {p for _, p in hit}, {p for _, p in good})
        if python is None:
            return ()
        key = release_key(version, {other for other, _ in good} - {version})
        failures.append(Expected(version, key, reason, python))
    return tuple(failures)


def _expected_ofboth_limits(reason: str, bad: set[str], kept: set[str]) -> tuple[Expected, ...]:
    """Of an own-floor suite an entry is for its two samples alike."""
    python = python_limit(kept, bad) if kept else ""
    return () if python is None else (Expected(EVERY_RELEASE, EVERY_RELEASE, reason, python),)


def _versions(cells: Iterable[Cell]) -> list[str]:
    return sorted(
        {version for version, _ in cells},
        key=lambda v: (v not in OWN_FLOOR_TIERS, Version("0" if v in OWN_FLOOR_TIERS else v)),
    )


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    told = line if len(line) <= _REASON_AT_MOST else f"{line[: _REASON_AT_MOST - 3].rstrip()}..."
    return f"{UNRESOLVABLE}{told}"
