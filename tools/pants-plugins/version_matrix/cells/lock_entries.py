"""The entries of a lock, one a wheel, and which of them a Python gets.

Pure: the text of a lock and the markers of an interpreter in, entries out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<joined>==| @ )(?P<version>[^\s;\\]+)"
    r"\s*(;(?P<marker>[^\\]*))?",
)


@dataclass(frozen=True)
class LockEntry:
    """A pin of a lock: the project (normalized), its release, and the hashes that a file may have.

    `version` may be the URL of an archive, with which a canary tries what is not released yet.
    """

    project: str
    version: str
    hashes: tuple[str, ...]
    marker: str | None

    @property
    def is_source(self) -> bool:
        """Whether it is an archive by its URL, and no release of an index."""
        return "://" in self.version

    @property
    def requirement(self) -> str:
        """The entry for an installer, its marker left out: two locks that pin the same say the same."""
        joined = " @ " if self.is_source else "=="
        return " \\\n    ".join([f"{self.project}{joined}{self.version}", *self.hashes]) + "\n"

    def applies(self, markers: Mapping[str, str]) -> bool:
        """Whether an interpreter with these markers gets it (PEP 508)."""
        return self.marker is None or Marker(self.marker).evaluate(dict(markers))


def entries(lock: str) -> tuple[LockEntry, ...]:
    """The entries of a lock's text without comments, in order."""
    found: list[LockEntry] = []
    for line in lock.replace("\\\n", " ").splitlines():
        pin = _PIN.match(line)
        if pin is None:
            continue
        marker, _, _ = (pin["marker"] or "").partition("--hash=")
        hashes = [word for word in line.split() if word.startswith("--hash=")]
        name = canonicalize_name(pin["name"])
        found.append(LockEntry(name, pin["version"], tuple(sorted(hashes)), marker.strip() or None))
    return tuple(found)


def applying(lock: str, markers: Mapping[str, str]) -> tuple[LockEntry, ...]:
    """The entries that an interpreter with these markers gets."""
    return tuple(entry for entry in entries(lock) if entry.applies(markers))
