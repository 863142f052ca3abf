"""Where external requirements may be said, and what a requirement on a fork looks like.

Pure: paths and requirements in, violations out.
"""

from __future__ import annotations

import re
from typing import Iterable

from packaging.requirements import InvalidRequirement, Requirement

HOME = "3rdparty/python"
PUBLISHED = "libs/shared"

# What pip, pip-tools and Pants read requirements from.
_REQUIREMENTS_FILE = re.compile(
    r"(^|/)((requirements|constraints)[^/]*\.(txt|in)|[^/]*[-_.](requirements|constraints)\.txt"
    r"|(?!MANIFEST\.in$)[^/]+\.in|Pipfile|Pipfile\.lock|poetry\.lock|pdm\.lock|setup\.cfg|setup\.py)$"
)
_FORK = re.compile(
    r"https://[^/@\s?#]+/(?:[^\s?#]+/)?[0-9a-f]{40}(?:\.tar\.gz|\.tgz|\.zip)?#sha256=[0-9a-f]{64}"
)
_FORK_FORM = (
    "`name @ https://HOST/.../COMMIT.zip#sha256=DIGEST`, where COMMIT has exactly 40 hex digits and "
    "DIGEST 64: what a branch or tag names today is something else tomorrow"
)


def misplaced_files(paths: Iterable[str]) -> tuple[str, ...]:
    """A violation for each file of requirements outside 3rdparty."""
    return tuple(
        f"{path}: requirements are said in {HOME}/*.in only. Move them there and remove the file."
        for path in sorted(paths)
        if _REQUIREMENTS_FILE.search(path) and not _within(path, HOME)
    )


def misplaced_target(address: str, folder: str) -> str | None:
    """The violation of a requirement target (`python_requirement` and its generators) in a folder."""
    if _within(folder, HOME):
        return None
    return (
        f"{address}: requirements are said in {HOME}/*.in only. Add it there with its reason; "
        "imports find it by themselves."
    )


def bad_fork(where: str, requirement: str) -> str | None:
    """The violation of a direct reference that is no archive of one commit with its hash."""
    url = url_of(requirement)
    if url is None or _FORK.fullmatch(url):
        return None
    return f"{where}: `{requirement}` is no fork that can be pinned. Expected {_FORK_FORM}."


def published_url(where: str, requirement: str) -> str | None:
    """The violation of a direct reference in what a published library requires."""
    if url_of(requirement) is None:
        return None
    return (
        f"{where}: a published wheel cannot require `{requirement}`: PyPI refuses direct references. "
        f"Require a release, or keep the code that needs the fork out of {PUBLISHED}."
    )


def url_of(requirement: str) -> str | None:
    """The URL of a direct reference; whatever is no PEP 508 requirement but has one counts too."""
    try:
        return Requirement(requirement).url
    except InvalidRequirement:
        return requirement if "://" in requirement else None


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
