"""What a key of a rule says: conditions on releases of packages and on Pythons.

Pure: a key as it stands in a BUILD file in, what it admits or `SuiteError` out.
"""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from version_matrix.stanza import python_names
from version_matrix.stanza.combination import axes_of, release_of

# The key that stands for every release, in `requirements` and in `python`.
EVERY_RELEASE = "*"
# The name in such a key that stands for the interpreter.
PYTHON = "python"

_CONDITION = re.compile(r"(?:(?P<name>[A-Za-z0-9][\w.-]*)\s*)?(?P<specifier>[<>=!~].*)", re.ASCII)

# No Python 3 has had this many patch releases.
_PATCHES = 40


class SuiteError(ValueError):
    """A stanza that cannot be understood; the text names the culprit and what was expected."""


def admits(key: str, version: str) -> bool:
    """Whether every condition of a key on the package, or on an axis, matches a sample."""
    if key == EVERY_RELEASE:
        return True
    axes = axes_of(version)
    return all(
        (
            release_matches(specifier, release_of(version))
            if name is None
            else name in axes and release_matches(specifier, axes[name])
        )
        for name, specifier in conditions(key)
        if name != PYTHON
    )


def python_limits(key: str) -> tuple[str, ...]:
    """The conditions of a key on the interpreter."""
    if key == EVERY_RELEASE:
        return ()
    return tuple(specifier for name, specifier in conditions(key) if name == PYTHON)


def release_matches(specifier: str, version: str) -> bool:
    """Whether a rule's specifier matches a release; pre- and post-releases by their base version.

    A clause that itself names a pre-, post- or local release is taken at its word, as in sampling:
    `!=2.0rc1` excludes 2.0rc1 and nothing else. A name that is no version (the samples of
    own-floor suites) is matched by `*` alone.
    """
    if specifier == EVERY_RELEASE:
        return True
    try:
        release = Version(version)
    except InvalidVersion:
        return False
    base = Version(release.base_version)
    return all(
        clause.contains(release if _names_release(clause) else base, prereleases=True)
        for clause in _clauses(specifier)
    )


def conditions(key: str) -> tuple[tuple[str | None, str], ...]:
    """Normalized name and specifier of each condition of a key; no name where it is on the package.

    Raises `SuiteError` for what is no such key.
    """
    found = []
    for part in key.split(" and "):
        match = _CONDITION.fullmatch(part.strip())
        if match is None:
            raise SuiteError(
                f"{key!r} is no key of a rule: expected {EVERY_RELEASE!r}, or conditions joined by "
                "' and ', each a specifier on the package such as '>=0.16,<1', one on an axis such "
                "as 'django<5', or one on the interpreter such as 'python>=3.12'"
            )
        parse_specifier(match["specifier"])
        name = canonicalize_name(match["name"]) if match["name"] else None
        found.append((name, match["specifier"]))
    return tuple(found)


def parse_specifier(text: str) -> SpecifierSet:
    """A PEP 440 specifier set; raises `SuiteError` for what PEP 440 does not know."""
    _clauses(text)
    return SpecifierSet(text)


def admits_minor(specifier: str, minor: str) -> bool:
    """Whether a specifier on Python admits any patch of a minor version (`3.12`), of whatever build.

    `>=3.12.1` and `<=3.12` both speak of some of 3.12, as `Requires-Python` does in sampling.
    """
    parsed = parse_specifier(specifier)
    language = python_names.release_of(minor)
    return any(Version(f"{language}.{patch}") in parsed for patch in range(_PATCHES))


def _clauses(text: str) -> tuple[Specifier, ...]:
    """The parts of a specifier set, each parsed by itself.

    As a whole, packaging 21.3, which Pants 2.17 runs on, would take a wrong one for a legacy
    specifier.
    """
    try:
        return tuple(Specifier(part.strip()) for part in text.split(","))
    except InvalidSpecifier:
        raise SuiteError(
            f"{text!r} is not a version specifier (PEP 440): expected something like "
            "'>=0.16,<1' or '==2.*'"
        ) from None


def _names_release(clause: Specifier) -> bool:
    if clause.operator == "===":
        return True
    version = Version(clause.version[:-2] if clause.version.endswith(".*") else clause.version)
    return version.is_prerelease or version.is_postrelease or version.local is not None
