"""The input of a lock: a file of requirements, each with the reason it is there.

Pure: text in, requirements out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

# As pip reads it: `#` opens a comment at the start of a line or after white space.
_COMMENT = re.compile(r"(?:^|\s+)#\s*(?P<text>.*)$")


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

    Raises RequirementsFileError for what is no PEP 508 requirement (options, other files), for a
    requirement without a reason, and for a project that is named twice under the same marker.
    """
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


def _key(text: str, where: str) -> tuple[str, str]:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise RequirementsFileError(
            f"{where}: `{text}` is no requirement ({str(error).splitlines()[0]}). Expected one "
            "`name>=version` a line, as in PEP 508, and no options."
        ) from None
    return canonicalize_name(requirement.name), str(requirement.marker or "")
