"""What varies in a suite, and what a sample says of it. Pure.

The rest of this room knows members by name, and not how many a suite has.
"""

from __future__ import annotations

from typing import Mapping

from version_matrix.bisection.course import Releases
from version_matrix.stanza.combination import names_of
from version_matrix.stanza.samples_file import SNAPSHOT_FILE, snapshot_name
from version_matrix.stanza.suite import Suite


def members(suite: Suite, sample: str) -> Releases:
    """The members of a suite, and the release of each that a sample of this name stands for."""
    return tuple(suite.releases(sample).items())


def sample_of(suite: Suite, releases: Releases, otherwise: str) -> str:
    """What a sample of these releases is called; `otherwise` where a suite has no member."""
    return names_of(releases, suite.project) if suite.project else otherwise


def requirements(suite: Suite) -> Mapping[str, str]:
    """Member -> what the suite requires of it (PEP 508)."""
    required = (suite.package or "", *suite.axes)
    return dict(zip(suite.projects, required))


def snapshots(suite: Suite, files: Mapping[str, str]) -> Mapping[str, str]:
    """Member -> its snapshot, given the generated files (name -> text) of a suite."""
    names = (SNAPSHOT_FILE, *map(snapshot_name, suite.axis_projects))
    return {member: files.get(name, "") for member, name in zip(suite.projects, names)}
