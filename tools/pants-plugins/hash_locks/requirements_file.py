"""The input of a lock: a file of requirements, each with the reason it is there.

It has several readers: pip, Pants, people. The resolver is given what was read here; what another
one would read otherwise is refused.

Pure: text in, requirements out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

# What others make something else of, and what they make of it.
_TWO_READINGS = {
    "${": "pip would put the value of an environment variable in its place",
    "--": "Pants takes what follows for an option",
}
_BYTE_ORDER_MARK = "\ufeff"

# As pip reads it: `#` opens a comment at the start of a line or after white space.
_COMMENT = re.compile(r"(?:^|(?<=\s))#(?P<text>.*)$")


class RequirementsFileError(ValueError):
    """A line says what it may not; the text names file and line and what was expected."""


@dataclass(frozen=True)
class Entry:
    """A requirement of a file: PEP 508 text, why it is there, and its line (from 1)."""

    requirement: str
    reason: str
    line: int

    @property
    def project(self) -> str:
        """The normalized name (PEP 503) of what is required."""
        return canonicalize_name(Requirement(self.requirement).name)


def parse(text: str, path: str) -> tuple[Entry, ...]:
    """The requirements of a file, in its order.

    A reason is a comment on the requirement's own line, or the comment lines directly above it.

    Raises RequirementsFileError for what is no PEP 508 requirement (options, other files) or one that
    other readers of the file read otherwise, for a requirement without a reason, and for a project
    that is named twice under the same marker.
    """
    if text.startswith(_BYTE_ORDER_MARK):
        raise RequirementsFileError(
            f"{path}:1: the file begins with a byte-order mark, which nobody sees and not every reader "
            "skips. Save it as UTF-8 without one."
        )
    entries: list[Entry] = []
    first_at: dict[tuple[str, str], int] = {}
    above = ""
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        beside = comment["text"].strip() if comment else ""
        requirement = line[: comment.start()].strip() if comment else line.strip()
        if not requirement:
            above = beside
            continue
        where = f"{path}:{number}"
        key = _key(requirement, where)
        for part, reading in _TWO_READINGS.items():
            if part in requirement:
                raise RequirementsFileError(
                    f"{where}: `{requirement}` has `{part}`: {reading}. Say it without."
                )
        if not (beside or above):
            raise RequirementsFileError(
                f"{where}: `{requirement}` has no reason. Say in a comment beside or above it what "
                "it is for."
            )
        if key in first_at:
            raise RequirementsFileError(
                f"{where}: `{requirement}` names a project that line {first_at[key]} names already. "
                "Make one requirement of the two."
            )
        first_at[key] = number
        entries.append(Entry(requirement, beside or above, number))
        above = ""
    return tuple(entries)


def normalized(entries: Iterable[Entry]) -> str:
    """The text that a resolver is given: the requirements alone, each on the line that it has."""
    by_line = {entry.line: entry.requirement for entry in entries}
    return "".join(f"{by_line.get(line, '')}\n" for line in range(1, max(by_line, default=0) + 1))


def _key(text: str, where: str) -> tuple[str, str]:
    try:
        requirement = Requirement(text)
        for specifier in requirement.specifier:
            # The `packaging` of Pants 2.17 takes any word for a version, and `>=1.*` for a specifier.
            if specifier.operator != "===":
                Specifier(str(specifier))
                Version(
                    specifier.version[:-2]
                    if specifier.version.endswith(".*")
                    else specifier.version
                )
        if requirement.marker:
            # Some comparisons mean nothing, as `sys_platform ~= "linux"`, which shows when they are made.
            requirement.marker.evaluate({"extra": ""})
    except (
        InvalidRequirement,
        InvalidSpecifier,
        InvalidVersion,
        UndefinedComparison,
        UndefinedEnvironmentName,
    ) as error:
        raise RequirementsFileError(
            f"{where}: `{text}` is no requirement ({str(error).splitlines()[0]}). Expected one "
            "`name>=version` a line, as in PEP 508, and no options."
        ) from None
    return canonicalize_name(requirement.name), str(requirement.marker or "")
