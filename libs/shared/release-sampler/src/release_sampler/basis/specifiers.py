"""Strict PEP 440: the same answers from packaging 21.3 (which Pants pins) to today's."""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.version import InvalidVersion, Version

Specifiers = tuple[Specifier, ...]

#: Longer texts are refused before they are parsed: Python 3.11 and later raise on huge integers, and
#: no version or specifier that a person wrote is this long.
MAX_VERSION_LENGTH = 80
MAX_SPECIFIER_LENGTH = 300


def parse_version(text: str) -> Version:
    """Read a PEP 440 version; raises `ValueError` for anything else, however long."""
    if len(text) > MAX_VERSION_LENGTH:
        raise ValueError(f"version of {len(text)} characters")
    try:
        return Version(text)
    except InvalidVersion as error:
        raise ValueError(f"not a PEP 440 version: {text!r}") from error


@lru_cache(maxsize=4096)
def parse_specifiers(text: str) -> Specifiers:
    """Read a PEP 440 specifier set; "" and "*" admit everything. Raises `ValueError` for anything else.

    `SpecifierSet` of packaging 21.3 would fall back to legacy comparison by string, so each clause is
    parsed by `Specifier`.
    """
    if len(text) > MAX_SPECIFIER_LENGTH:
        raise ValueError(f"specifier of {len(text)} characters")
    if text.strip() == "*":
        return ()
    try:
        return tuple(Specifier(clause.strip()) for clause in text.split(",") if clause.strip())
    except InvalidSpecifier as error:
        raise ValueError(f"not a PEP 440 specifier: {text!r}") from error


def admits(specifiers: Specifiers, version: Version) -> bool:
    """Whether all specifiers match, a pre- or post-release standing for its base version.

    So `>=2.0` admits 2.0rc1, and `==3.7.4` admits 3.7.4.post0. A clause that itself names a pre-, post-
    or local release is taken at its word: `!=2.0rc1` excludes 2.0rc1 and nothing else.
    """
    base = Version(version.base_version)
    return all(
        specifier.contains(version if _is_literal(specifier) else base, prereleases=True)
        for specifier in specifiers
    )


@lru_cache(maxsize=4096)
def _is_literal(specifier: Specifier) -> bool:
    if specifier.operator == "===":
        return True
    text = specifier.version
    version = Version(text[:-2] if text.endswith(".*") else text)
    return version.is_prerelease or version.is_postrelease or version.local is not None
