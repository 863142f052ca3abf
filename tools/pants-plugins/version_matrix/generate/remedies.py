"""What may mend cells that can have no lock: edits of a stanza, the likeliest of each cause first.

Pure: which of them helps is found out elsewhere, by trying.
"""

from __future__ import annotations

import re
from typing import Iterable, Iterator, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.version import Version

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
from version_matrix.stanza import suite as parsing
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS
from version_matrix.stanza.suite import EVERY_RELEASE, PYTHON, Rule, Suite, project_name

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
    if any(not _is_plain(version) for version, _ in cells):
        # Of combinations a key speaks of one release only, and would hit others.
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
    for line in _named(account, alike[0].origins):
        ruled = [rule for rule in suite.rules if line in rule.requirements]
        wanted = re.search(
            rf"depends on ({re.escape(project_name(line))}(?:\[[^\]]*\])?[=<>!~][^\s]*)", account
        )
        if ruled or not wanted or project_name(line) == suite.project:
            continue
        requirement = wanted[1].rstrip(",")
        keys = dict.fromkeys(
            key
            for version in _versions(hit)
            for key in _keys_for(suite, account, version, hit, good)
        )
        if keys and _is_requirement(requirement):
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
    yield _release_key(version, {v for v, _ in good})


def _moves(
    suite: Suite, alike: Sequence[Unlocked], hit: frozenset[Cell], good: frozenset[Cell]
) -> Iterator[Edit]:
    """Each limit of a rule that has a part in it, on the releases or Pythons that it agrees with.

    What is asked for by nobody else is no limit, but wanted by the tests: it stays.
    """
    account = without_clues(alike[0].answer.derivation)
    named = _named(account, alike[0].origins)
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
    condition = _release_condition(bad, versions)
    if condition is None:
        condition = _python_condition({p for _, p in hit}, {p for _, p in within})
    if condition is not None:
        yield MoveRequirement(hit, line, rule.specifier, _joined(rule.specifier, condition))


def _release_condition(bad: set[str], good: set[str]) -> str | None:
    """What holds for the good releases and for none of the bad."""
    if bad & good:
        return None
    first_bad, last_bad = min(bad, key=Version), max(bad, key=Version)
    first_good, last_good = min(good, key=Version), max(good, key=Version)
    if Version(last_good) < Version(first_bad):
        return f"<{first_bad}"
    if Version(last_bad) < Version(first_good):
        return f">={first_good}"
    excluded = sorted(bad, key=Version)
    return ",".join("!" + _release_key(version, good)[1:] for version in excluded)


def _python_condition(bad: set[str], good: set[str]) -> str | None:
    limit = None if bad & good else _python_limit(bad, good)
    return limit and f"{PYTHON}{limit}"


def _joined(key: str, condition: str) -> str:
    if key == EVERY_RELEASE:
        return condition
    plain = PYTHON not in key and " and " not in key and not condition.startswith(PYTHON)
    return f"{key},{condition}" if plain else f"{key} and {condition}"


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
        limit = asked[1] if asked and _excludes(asked[1], bad, kept) else _python_limit(bad, kept)
        if limit is None:
            return
        others = {other for other, _ in kept_cells} - {version}
        key = _ruled_key(suite, asked, version) or _release_key(version, others)
        # What a sample of an own-floor suite is called is no key.
        key = version if version in OWN_FLOOR_TIERS else key
        limits[key] = both_limits(limits.get(key), limit)
    if len(set(limits.values())) == 1:
        (limit,) = set(limits.values())
        if all(parsing.admits_minor(limit, python) for _, python in kept_cells):
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
        return not any(parsing.admits_minor(limit, p) for p in bad) and all(
            parsing.admits_minor(limit, p) for p in good
        )
    except parsing.SuiteError:
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
        python = _python_limit(kept, bad) if kept else ""
        if version in OWN_FLOOR_TIERS:
            return _expected_ofboth_limits(reason, {p for _, p in hit}, {p for _, p in good})
        if python is None:
            return ()
        key = _release_key(version, {other for other, _ in good} - {version})
        failures.append(Expected(version, key, reason, python))
    return tuple(failures)


def _expected_ofboth_limits(reason: str, bad: set[str], kept: set[str]) -> tuple[Expected, ...]:
    """Of an own-floor suite an entry is for its two samples alike."""
    python = _python_limit(kept, bad) if kept else ""
    return () if python is None else (Expected(EVERY_RELEASE, EVERY_RELEASE, reason, python),)


def _is_plain(version: str) -> bool:
    return version in OWN_FLOOR_TIERS or "@" not in version


def _python_limit(out: set[str], kept: set[str]) -> str | None:
    """A specifier that admits the kept Pythons and none of the others."""
    if out & kept or any(not re.fullmatch(r"\d+\.\d+", python) for python in out | kept):
        return None
    lowest, highest = min(kept, key=Version), max(kept, key=Version)
    below = [p for p in out if Version(p) < Version(lowest)]
    above = [p for p in out if Version(p) > Version(highest)]
    amid = sorted(out - set(below) - set(above), key=Version)
    parts = [f">={lowest}"] if below else []
    parts += [f"<{min(above, key=Version)}"] if above else []
    parts += [f"!={python}.*" for python in amid]
    return ",".join(parts) or None


def _release_key(version: str, others: Iterable[str]) -> str:
    """The series of a release, which outlives the next patch; or it alone, beside others of it."""
    if version in OWN_FLOOR_TIERS:
        return EVERY_RELEASE
    parsed = Version(version)
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    series = f"=={epoch}{parsed.major}.{parsed.minor}.*"
    if any(
        other not in OWN_FLOOR_TIERS and parsing.release_matches(series, other) for other in others
    ):
        return f"=={version}"
    return series


def _named(account: str, origins: Mapping[str, str]) -> list[str]:
    """The requirements that an account names, in the order in which it does."""
    places = {}
    for line in origins:
        found = re.search(rf"(?<![\w.-]){re.escape(project_name(line))}(?![\w-])", account)
        if found:
            places[line] = found.start()
    return sorted(places, key=lambda line: places[line])


def _is_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except ValueError:
        return False
    return True


def _versions(cells: Iterable[Cell]) -> list[str]:
    return sorted(
        {version for version, _ in cells},
        key=lambda v: (v not in OWN_FLOOR_TIERS, Version("0" if v in OWN_FLOOR_TIERS else v)),
    )


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    told = line if len(line) <= _REASON_AT_MOST else f"{line[: _REASON_AT_MOST - 3].rstrip()}..."
    return f"{UNRESOLVABLE}{told}"
