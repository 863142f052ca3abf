"""Runs pip-compile in its sandbox, and says in plain lines why it failed.

By itself pip-compile ends in a traceback, tells only the last step of either side of a conflict,
and takes an index that it cannot reach for one without releases, so that pins could move because
a network was down. This script watches pip's resolver and index client; their version is the one
that the lock of pip-tools pins.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

from pip._internal.exceptions import PipError
from pip._internal.resolution.resolvelib.reporter import PipReporter
from pip._vendor.packaging.version import Version
from pip._vendor.resolvelib import ResolutionImpossible
from piptools.exceptions import PipToolsError
from piptools.scripts.compile import cli

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class Failures(logging.Handler):
    """Collects what the index client could not fetch."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        # That one of several indexes lacks a project is no failure.
        if message.startswith("Could not fetch URL") and "404 Client Error" not in message:
            self.messages.append(_CREDENTIALS.sub("", message))


# Project -> its latest requirement and the candidate that required it, None for an input file.
Origins = dict[str, tuple[Any, Any]]


def watch_resolver(origins: Origins) -> None:
    """Records into `origins` who required what."""

    def adding_requirement(self: Any, requirement: Any, parent: Any) -> None:
        # A requirement of an input file explains a project best, whoever else requires it.
        if parent is None or origins.get(requirement.project_name, (None, parent))[1] is not None:
            origins[requirement.project_name] = (requirement, parent)

    PipReporter.adding_requirement = adding_requirement  # type: ignore[method-assign]


def chain(requirement: Any, parent: Any, origins: Origins) -> tuple[str, ...]:
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


def chains(causes: Any, origins: Origins) -> list[str]:
    """The sides of a conflict, one of the releases of a project speaking for all of them.

    A requirement of an input file has no release behind it: each is a side of its own.
    """
    sides: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for requirement, parent in sorted(causes, key=lambda cause: _version(cause[1]), reverse=True):
        steps = chain(requirement, parent, origins)
        side = (parent.project_name, requirement.project_name) if parent else steps
        sides.setdefault(side, []).append(steps)
    lines = []
    for (project, *_), found in sides.items():
        others = len(set(found)) - 1
        more = f" (and {others} other releases of {project})" if others else ""
        lines.append(f"{found[0][0]}{' -> '.join(found[0][1:])}{more}")
    return sorted(lines)


def _version(parent: Any) -> Any:
    return parent.version if parent else Version("0")


def _file(requirement: Any) -> str:
    install = getattr(requirement, "_ireq", None)
    origin = getattr(install, "comes_from", None)
    return f"{str(origin).replace('-r ', '', 1)}: " if isinstance(origin, str) else ""


def explain(error: Exception, failures: Failures, origins: Origins) -> str:
    """What to say about a failure: the network first, then a conflict with all its chains."""
    if failures.messages:
        return unreachable(failures)
    cause = error.__cause__
    if not isinstance(cause, ResolutionImpossible):
        return str(error)
    sides = chains(cause.causes, origins)
    title = "These requirements exclude one another:" if len(sides) > 1 else "No release satisfies:"
    return "\n  ".join([title, *sides])


def unreachable(failures: Failures) -> str:
    return "\n  ".join(["The index cannot be reached:", *sorted(set(failures.messages))[:3]])


def main() -> int:
    failures, origins = Failures(), Origins()
    watch_resolver(origins)
    client = logging.getLogger("pip._internal.index.collector")
    client.setLevel(logging.DEBUG)
    client.addHandler(failures)
    try:
        cli(standalone_mode=False)
    except (PipError, PipToolsError) as error:
        print(explain(error, failures, origins), file=sys.stderr)
        return 1
    if failures.messages:
        print(unreachable(failures), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
