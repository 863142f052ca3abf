"""What a requirement on a fork looks like: the archive of one commit, with its hash.

Pure: requirements in, violations out.
"""

from __future__ import annotations

import re
from typing import Iterable

from packaging.requirements import InvalidRequirement, Requirement

from hash_locks.requirements_file import Entry

_FORK = re.compile(
    r"https://[^/@\s?#]+/(?:[^\s?#]+/)?[0-9a-f]{40}(?:\.tar\.gz|\.tgz|\.zip)?#sha256=[0-9a-f]{64}"
)
_FORK_FORM = (
    "`name @ https://HOST/.../COMMIT.zip#sha256=DIGEST`, where COMMIT has exactly 40 hex digits and "
    "DIGEST 64: what a branch or tag names today is something else tomorrow"
)


def bad_fork(where: str, requirement: str) -> str | None:
    """The violation of a direct reference that is no archive of one commit with its hash."""
    url = url_of(requirement)
    if url is None or _FORK.fullmatch(url):
        return None
    return f"{where}: `{requirement}` is no fork that can be pinned. Expected {_FORK_FORM}."


def bad_forks(path: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The violations of a requirements file, each with its line."""
    found = (bad_fork(f"{path}:{entry.line}", entry.requirement) for entry in entries)
    return tuple(filter(None, found))


def url_of(requirement: str) -> str | None:
    """The URL of a direct reference; whatever is no PEP 508 requirement but has one counts too."""
    try:
        return Requirement(requirement).url
    except InvalidRequirement:
        return requirement if "://" in requirement else None
