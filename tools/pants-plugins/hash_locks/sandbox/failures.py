"""Why pip-compile failed, in plain lines.

By itself pip-compile ends in a traceback, tells only the last step of either side of a conflict, and
takes an index that it cannot reach for one without releases, so that pins could move because a
network was down.
"""

from __future__ import annotations

import logging
import re
from types import MappingProxyType
from typing import Any, Mapping

from pip._vendor.packaging.version import Version
from pip._vendor.resolvelib import ResolutionImpossible

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")

# Project -> its latest requirement and the candidate that required it, None for an input file.
Origins = dict[str, tuple[Any, Any]]


class Failures(logging.Handler):
    """Collects what the index client could not fetch."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        # That one of several indexes lacks a project is no failure.
        lacking = message.startswith("Could not fetch URL") and "404 Client Error" not in message
        # A proxy's words, for instance.
        no_page = message.startswith("Skipping page") and "got Content-Type" in message
        if lacking or no_page:
            self.messages.append(_CREDENTIALS.sub("", message))


def explain(
    error: Exception,
    failures: Failures,
    origins: Origins,
    where: object,
    known: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What to say about a failure: the network first, then a conflict with all its chains.

    Args:
        where: what the requirements were resolved for.
        known: project -> what else is known of it, if it has part in a conflict.
    """
    if failures.messages:
        return unreachable(failures)
    cause = error.__cause__
    if not isinstance(cause, ResolutionImpossible):
        return f"{error} ({where})"
    sides = chains(cause.causes, origins)
    title = "These requirements exclude one another" if len(sides) > 1 else "No release satisfies"
    projects = dict.fromkeys(requirement.project_name for requirement, _ in cause.causes)
    more = [known[project] for project in projects if project in known]
    return "\n  ".join([f"{title} on {where}:", *sides, *more])


def unreachable(failures: Failures) -> str:
    return "\n  ".join(["The index cannot be reached:", *sorted(set(failures.messages))[:3]])


def chains(causes: Any, origins: Origins) -> list[str]:
    """The sides of a conflict, one of the releases of a project speaking for all of them.

    A requirement of an input file has no release behind it: each is a side of its own.
    """
    sides: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for requirement, parent in sorted(causes, key=lambda cause: _version(cause[1]), reverse=True):
        steps = _chain(requirement, parent, origins)
        side = (parent.project_name, requirement.project_name) if parent else steps
        sides.setdefault(side, []).append(steps)
    lines = []
    for (project, *_), found in sides.items():
        others = len(set(found)) - 1
        more = f" (and {others} other releases of {project})" if others else ""
        lines.append(f"{found[0][0]}{' -> '.join(found[0][1:])}{more}")
    return sorted(lines)


def _chain(requirement: Any, parent: Any, origins: Origins) -> tuple[str, ...]:
    """The steps that led to a requirement: `a>=1`, `a 1.2`, `b<2`."""
    steps = [requirement.format_for_error()]
    seen = set()
    while parent is not None and parent.project_name not in seen:
        seen.add(parent.project_name)
        steps.append(f"{parent.project_name} {parent.version}")
        requirement, parent = origins.get(parent.project_name, (None, None))
        if requirement is not None:
            steps.append(requirement.format_for_error())
    return (_file(requirement), *reversed(steps))


def _version(parent: Any) -> Any:
    return parent.version if parent else Version("0")


def _file(requirement: Any) -> str:
    install = getattr(requirement, "_ireq", None)
    origin = getattr(install, "comes_from", None)
    return f"{str(origin).replace('-r ', '', 1)}: " if isinstance(origin, str) else ""
