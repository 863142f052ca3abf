"""What is updated on its own, a suite or a lock, and which of them make one proposal. Pure."""

from __future__ import annotations

import fnmatch
import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import Dict, Iterable, Optional, Tuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from matrix_updates.configuration import Configuration

# Versions, names and Pythons make the names of these files, and nothing else does.
_STEM = r"[A-Za-z0-9][A-Za-z0-9.!+@=~_,-]*"
_GENERATED_FILE = re.compile(rf"samples\.json|(?:{_STEM}\.)?releases\.jsonl|{_STEM}\.lock")


@dataclass(frozen=True, order=True)
class Unit:
    """A suite (`name` is its address) or a lock (`name` is its resolve).

    `path` is the folder of a suite's generated files, or the lock itself; `package` what a suite
    integrates, as it says it.
    """

    kind: str
    name: str
    path: str
    package: Optional[str] = None

    @property
    def is_suite(self) -> bool:
        return self.kind == "suite"

    @property
    def project(self) -> Optional[str]:
        """The normalized name of a suite's package; None where it has none."""
        try:
            return canonicalize_name(Requirement(self.package or "").name)
        except InvalidRequirement:
            return None

    @property
    def title(self) -> str:
        """What a person calls it: `httpx`, `main.lock`, or where there is no package the address."""
        return (self.project or self.name) if self.is_suite else f"{self.name}.lock"

    def may_hold(self, path: str) -> bool:
        """Whether a path is one of those that an update of this unit writes."""
        if not self.is_suite:
            return path == self.path
        folder, name = posixpath.split(path)
        return folder == self.path and _GENERATED_FILE.fullmatch(name) is not None


def suite(address: str, package: Optional[str]) -> Unit:
    """The unit of a suite.

    >>> suite("tests/httpx:matrix", "httpx>=0.16").path
    'tests/httpx/matrix'
    """
    folder, _, name = address.partition(":")
    name = name or posixpath.basename(folder)
    return Unit("suite", address, posixpath.join(folder.lstrip("/"), name), package)


def locks(configuration: Configuration) -> Tuple[Unit, ...]:
    """The unit of each lock that pants.toml names and the configuration does not leave alone."""
    return tuple(
        Unit("lock", resolve, path)
        for resolve, path in configuration.locks.items()
        if resolve not in configuration.ignored_locks
    )


def grouped(units: Iterable[Unit], configuration: Configuration) -> Dict[str, Tuple[Unit, ...]]:
    """Name of a proposal -> its units, in order: the locks of a group last, after its suites."""
    found: Dict[str, Tuple[Unit, ...]] = {}
    for unit in sorted(units, key=lambda unit: (not unit.is_suite, unit.name)):
        name = _group(unit, configuration)
        found[name] = (*found.get(name, ()), unit)
    return dict(sorted(found.items()))


def _group(unit: Unit, configuration: Configuration) -> str:
    for name, patterns in configuration.groups.items():
        if any(_matches(unit, pattern) for pattern in patterns):
            return name
    if not unit.is_suite:
        return "main-lock" if unit.name == configuration.main_resolve else "tool-locks"
    # Readable, and unique: two suites may test one package.
    digest = hashlib.sha256(unit.name.encode()).hexdigest()[:8]
    stem = re.sub(r"[^a-z0-9]+", "-", unit.title.lower()).strip("-")[:40]
    return f"{stem}-{digest}"


def _matches(unit: Unit, pattern: str) -> bool:
    names = (unit.name, unit.project or "") if unit.is_suite else (f"{unit.name}.lock",)
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)


def by_path(units: Iterable[Unit], path: str) -> Optional[Unit]:
    """The unit whose update may write a path."""
    return next((unit for unit in units if unit.may_hold(path)), None)
