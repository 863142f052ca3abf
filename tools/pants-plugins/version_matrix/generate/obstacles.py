"""What stands in the way of a lock: each cause once, where it is said, and what to edit."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.stanza.conditions import EVERY_RELEASE
from version_matrix.stanza.suite import Suite, project_name

# With what a reason begins that was suggested for a cell without a lock.
UNRESOLVABLE = "unresolvable: "


@dataclass(frozen=True)
class Obstacle:
    """Why there is no lock for a sample on some of its Pythons, or (none named) on any.

    `origins` tells of each requirement of the sample where it is said.
    """

    version: str
    pythons: tuple[str, ...]
    reason: str
    origins: Mapping[str, str]


async def told(suite: Suite, obstacles: Sequence[Obstacle]) -> tuple[str, ...]:
    """A paragraph a cause, with the cells it hits and the requirements that it names."""
    build_files = await _build_files(suite)
    causes: dict[str, list[Obstacle]] = {}
    for obstacle in obstacles:
        causes.setdefault(obstacle.reason, []).append(obstacle)
    return tuple(_paragraph(suite, reason, hit, build_files) for reason, hit in causes.items())


async def _build_files(suite: Suite) -> Mapping[str, str]:
    """Path -> text of the BUILD files that may hold the stanza."""
    folder = suite.address.partition(":")[0].lstrip("/")
    globs = [os.path.join(folder, name) for name in ("BUILD", "BUILD.*")]
    files = await engine.read_files(globs)
    return {path: content.decode(errors="replace") for path, content in sorted(files.items())}


def unavailable(suite: Suite, failed: Mapping[str, str]) -> tuple[str, ...]:
    """A failure of the index (sample -> error) once, however many samples it hits."""
    causes: dict[str, list[str]] = {}
    for version, error in failed.items():
        causes.setdefault(error, []).append(version)
    return tuple(
        f"{suite.address} could not be locked "
        f"({pluralize(len(versions), 'sample', include_count=False)} {', '.join(versions)}): {error}"
        for error, versions in causes.items()
    )


def _paragraph(
    suite: Suite, reason: str, hit: Sequence[Obstacle], build_files: Mapping[str, str]
) -> str:
    lines = [f"{suite.address}#{_cells(hit)} is unresolvable: {reason}"]
    ruled = {
        line for each in hit for rule in suite.rules_for(each.version) for line in rule.requirements
    }
    others = []
    for line, said in _origins(hit).items():
        if not _names(reason, line):
            continue
        if line in ruled:
            said = f"{said} of {_place(line, build_files)}"
        else:
            others.append(project_name(line))
        lines.append(f"  {line}: {said}")
    if others:
        versions = {obstacle.version for obstacle in hit}
        one = len(versions) == 1 and suite.package is not None and not suite.axes
        key = f"=={hit[0].version}" if one else EVERY_RELEASE
        lines.append(
            f"  A rule of {_place(None, build_files)} wins over what is said elsewhere, for "
            f'instance `requirements={{"{key}": ["{others[0]}<VERSION"]}}`.'
        )
    return "\n".join(lines)


def _cells(hit: Sequence[Obstacle]) -> str:
    """`1.0, 1.1 on Python 3.8; 2.0`."""
    versions: dict[tuple[str, ...], list[str]] = {}
    for obstacle in hit:
        versions.setdefault(obstacle.pythons, []).append(obstacle.version)
    return "; ".join(
        ", ".join(some) + (f" on Python {', '.join(pythons)}" if pythons else "")
        for pythons, some in versions.items()
    )


def _origins(hit: Iterable[Obstacle]) -> Mapping[str, str]:
    return {line: said for obstacle in hit for line, said in obstacle.origins.items()}


def _names(reason: str, requirement: str) -> bool:
    project = re.escape(project_name(requirement))
    return re.search(rf"(?<![\w.-]){project}(?![\w-])", reason) is not None


def _place(requirement: str | None, build_files: Mapping[str, str]) -> str:
    """The BUILD file, and the line that holds a requirement, if it is written out there."""
    for path, text in build_files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if f'"{requirement}"' in line or f"'{requirement}'" in line:
                return f"{path}, line {number}"
    return next(iter(build_files), "the BUILD file")
