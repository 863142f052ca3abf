"""Keys of rules and limits on Python: what holds for some samples, and for none of some others. Pure."""

from __future__ import annotations

import re
from typing import AbstractSet, Iterable

from packaging.version import Version

from version_matrix.generate.edits import Cell
from version_matrix.stanza import conditions
from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.conditions import EVERY_RELEASE, PYTHON
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS


def release_condition(bad: set[str], good: set[str]) -> str | None:
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
    return ",".join("!" + release_key(version, good)[1:] for version in excluded)


def python_condition(bad: set[str], good: set[str]) -> str | None:
    """What holds for the good Pythons and for none of the bad."""
    limit = None if bad & good else python_limit(bad, good)
    return limit and f"{PYTHON}{limit}"


def condition(bad: AbstractSet[Cell], good: AbstractSet[Cell]) -> str | None:
    """What holds for the good cells of combinations and for none of the bad; None if no key says it.

    It is on the releases of one package, the suite's own first, else on the Python.
    """
    axes = sorted({axis for version, _ in good for axis in axes_of(version)})
    for axis in (None, *axes):
        found = release_condition(_releases(bad, axis), _releases(good, axis))
        if found is not None:
            return f"{axis or ''}{found}"
    return python_condition({python for _, python in bad}, {python for _, python in good})


def alone(version: str, others: Iterable[str]) -> str:
    """What holds for one combination, and for none of the others."""
    others = tuple(others)
    keys = [
        release_key(
            release_of(version), {release_of(other) for other in others} - {release_of(version)}
        )
    ]
    for axis, release in axes_of(version).items():
        beside = {axes_of(other)[axis] for other in others} - {release}
        keys.append(f"{axis}{release_key(release, beside)}")
    return " and ".join(keys)


def _releases(cells: Iterable[Cell], axis: str | None) -> set[str]:
    return {axes_of(version)[axis] if axis else release_of(version) for version, _ in cells}


def joined(key: str, condition: str) -> str:
    """A key that holds where both do."""
    if key == EVERY_RELEASE:
        return condition
    plain = " and " not in key and all(text[0] in "<>=!~" for text in (key, condition))
    return f"{key},{condition}" if plain else f"{key} and {condition}"


def python_limit(out: set[str], kept: set[str]) -> str | None:
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


def release_key(version: str, others: Iterable[str]) -> str:
    """The series of a release, which outlives the next patch; or it alone, beside others of it."""
    if version in OWN_FLOOR_TIERS:
        return EVERY_RELEASE
    parsed = Version(version)
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    series = f"=={epoch}{parsed.major}.{parsed.minor}.*"
    if any(
        other not in OWN_FLOOR_TIERS and conditions.release_matches(series, other)
        for other in others
    ):
        return f"=={version}"
    return series
