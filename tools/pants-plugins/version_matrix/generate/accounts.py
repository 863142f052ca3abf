"""What a resolver's account says of requirements. Pure."""

from __future__ import annotations

import re
from typing import Mapping

from packaging.requirements import Requirement

from version_matrix.stanza.suite import project_name


def named(account: str, origins: Mapping[str, str]) -> list[str]:
    """The requirements that an account names, in the order in which it does."""
    places = {}
    for line in origins:
        found = re.search(rf"(?<![\w.-]){re.escape(project_name(line))}(?![\w-])", account)
        if found:
            places[line] = found.start()
    return sorted(places, key=lambda line: places[line])


def wanted(account: str, line: str) -> str | None:
    """The requirement that a release has of the project of another requirement, if the account tells one."""
    project = re.escape(project_name(line))
    found = re.search(rf"depends on ({project}(?:\[[^\]]*\])?[=<>!~][^\s]*)", account)
    requirement = found[1].rstrip(",") if found else ""
    return requirement if _is_requirement(requirement) else None


def _is_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except ValueError:
        return False
    return True
