"""What the index says of releases: when they were uploaded, by which file, where their changes are.

Needs the extra `index`; without it, and where an index fails, a proposal says less, and that it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Protocol, Tuple

from matrix_updates.prepare.attestations import ABSENT, Attested, can_read, is_named, read
from matrix_updates.proposal.model import Facts
from matrix_updates.text import one_line, safe_url

if TYPE_CHECKING:
    from release_sampler.index.pages import IndexFile
    from release_sampler.index.projects import Project, ProjectIndex

_CHANGELOG = ("changelog", "change log", "changes", "release notes", "history", "news", "whatsnew")


class Index(Protocol):
    """Whoever knows the releases of the index."""

    def facts(self, project: str, version: str) -> Facts:
        """What it says of a release; empty where it says nothing."""

    def withdrawn(self, project: str, version: str) -> str:
        """Why a release should be held no longer: it is yanked or gone. Empty if it is neither."""

    def problems(self) -> Tuple[str, ...]:
        """What could not be asked, and why."""


@dataclass(frozen=True)
class NoIndex:
    """Says nothing of anything, and why."""

    why: str

    def facts(self, project: str, version: str) -> Facts:
        return Facts()

    def withdrawn(self, project: str, version: str) -> str:
        return ""

    def problems(self) -> Tuple[str, ...]:
        return (self.why,)


@dataclass
class ConfiguredIndex:
    """The indexes that pip is configured for; each project is asked for once."""

    projects: "ProjectIndex"
    known: Dict[str, Optional["Project"]] = field(default_factory=dict)
    failures: Dict[str, str] = field(default_factory=dict)
    attested: Dict["IndexFile", Attested] = field(default_factory=dict)
    unasked: Dict[str, None] = field(default_factory=dict)

    def facts(self, project: str, version: str) -> Facts:
        found = self._project(project)
        files = found.files_of(version) if found else ()
        if found is None or not files:
            return Facts()
        first = min(files, key=lambda file: _precedence(file.filename))
        times = [file.uploaded for file in files if file.uploaded is not None]
        attested = self._attested(first)
        return Facts(
            uploaded=first.uploaded or (min(times) if times else None),
            file=one_line(first.filename, 300),
            changelog=changelog_of(found.urls),
            attested="none" if first.unattested else attested.state,
            publisher=attested.publisher or (attested.why if attested.state == "fails" else ""),
            own=is_named(attested.repository, found.urls),
        )

    def withdrawn(self, project: str, version: str) -> str:
        found = self._project(project)
        if found is None:
            return ""
        if found.is_quarantined:
            return f"is {one_line(str(found.status), 250)}"
        files = found.files_of(version)
        if not found.files:
            return "is gone: the index lists no release of the project any more"
        if not files:
            return "is gone from the index"
        reasons = [file.yanked for file in files]
        if not all(reasons):
            return ""
        told = next((reason for reason in reasons if isinstance(reason, str)), "")
        return f"is yanked{f': {one_line(told, 200)}' if told else ''}"

    def problems(self) -> Tuple[str, ...]:
        return (*self.unasked, *self._failed())

    def _attested(self, file: "IndexFile") -> Attested:
        from release_sampler import SamplerError

        if file.provenance is None:
            return Attested("unasked")
        if not can_read():
            self.unasked[ABSENT] = None
            return Attested("unasked", why=ABSENT)
        if file not in self.attested:
            try:
                content = self.projects.provenance(file)
                found = read(content or b"", file.filename, file.sha256)
            except SamplerError as error:
                found = Attested("unasked", why=one_line(str(error), 300))
            if found.state == "unasked":
                self.unasked[found.why] = None
            self.attested[file] = found
        return self.attested[file]

    def _failed(self) -> Tuple[str, ...]:
        return tuple(
            f"the index does not tell of {project}: {why}"
            for project, why in sorted(self.failures.items())
        )

    def _project(self, project: str) -> Optional["Project"]:
        from release_sampler import SamplerError

        if project not in self.known:
            try:
                self.known[project] = self.projects.project(project)
            except (SamplerError, ValueError) as error:
                self.failures[project] = one_line(str(error), 200)
                self.known[project] = None
        return self.known[project]


def _precedence(filename: str) -> Tuple[int, str]:
    """The wheel that most install comes first: that for any system, else for Linux on x86-64."""
    if not filename.endswith(".whl"):
        return 3, filename
    tags = filename[: -len(".whl")].rpartition("-")[2]
    common = "manylinux" in tags and "x86_64" in tags
    return (0 if tags == "any" else 1 if common else 2), filename


def open_index() -> Index:
    """The index that pip is configured for, or why there is none to ask."""
    try:
        from release_sampler import SamplerError
        from release_sampler.index.projects import open_projects
    except ImportError as error:
        return NoIndex(
            f"{error.name} is not installed, so the index was not asked for upload times and "
            'changelogs: pip install "matrix-updates[index]"'
        )
    try:
        return ConfiguredIndex(open_projects())
    except SamplerError as error:
        return NoIndex(f"the index was not asked: {one_line(str(error), 300)}")


def changelog_of(urls: Mapping[str, Any]) -> str:
    """Of a project's links (label -> URL) the one to its changes; empty if there is none to trust.

    >>> changelog_of({"Homepage": "https://a.example", "Changelog": "https://a.example/changes"})
    'https://a.example/changes'
    """
    for wanted in _CHANGELOG:
        for label, url in urls.items():
            if wanted in str(label).lower() and isinstance(url, str) and safe_url(url):
                return url
    return ""
