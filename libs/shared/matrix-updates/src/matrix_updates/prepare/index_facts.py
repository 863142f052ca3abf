"""What the index says of releases: when they were uploaded, by which file, where their changes are.

Needs the extra `index`; without it, and where an index fails, a proposal says less, and that it does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Protocol, Tuple

from packaging.version import InvalidVersion, Version

from matrix_updates.proposal.model import Facts
from matrix_updates.text import one_line, safe_url

if TYPE_CHECKING:
    from release_sampler.index.http import Answer, Http
    from release_sampler.index.pages import IndexFile

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


@dataclass(frozen=True)
class _Project:
    files: Tuple["IndexFile", ...]
    changelog: str


@dataclass
class ConfiguredIndex:
    """The indexes that pip is configured for; each project is asked for once."""

    http: "Http"
    urls: Tuple[str, ...]
    known: Dict[str, Optional[_Project]] = field(default_factory=dict)
    failures: Dict[str, str] = field(default_factory=dict)

    def facts(self, project: str, version: str) -> Facts:
        found = self._project(project)
        files = _of_version(found.files, version) if found else []
        if found is None or not files:
            return Facts()
        # The wheel that most install; what a release was uploaded as first, among equals.
        first = min(files, key=lambda file: (not file.filename.endswith(".whl"), file.filename))
        times = [file.uploaded for file in files if file.uploaded is not None]
        return Facts(
            uploaded=first.uploaded or (min(times) if times else None),
            file=one_line(first.filename, 300),
            changelog=found.changelog,
        )

    def withdrawn(self, project: str, version: str) -> str:
        found = self._project(project)
        if found is None:
            return ""
        files = _of_version(found.files, version)
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
        return tuple(
            f"the index does not tell of {project}: {why}"
            for project, why in sorted(self.failures.items())
        )

    def _project(self, project: str) -> Optional[_Project]:
        if project not in self.known:
            self.known[project] = self._asked(project)
        return self.known[project]

    def _asked(self, project: str) -> Optional[_Project]:
        from release_sampler.errors import SamplerError
        from release_sampler.index.http import NotOffered
        from release_sampler.index.metadata import json_api

        files: List["IndexFile"] = []
        changelog = ""
        try:
            for index in self.urls:
                try:
                    files += self._page(index, project)
                except NotOffered:
                    continue
                api = json_api(index, project)
                if api is not None and not changelog:
                    try:
                        changelog = self.http.read(api, _changelog_in_json)
                    except (NotOffered, SamplerError):
                        changelog = ""
            changelog = changelog or self._changelog_in_metadata(files)
        except (SamplerError, ValueError) as error:
            self.failures[project] = one_line(str(error), 200)
            return None
        return _Project(tuple(files), changelog)

    def _page(self, index: str, project: str) -> Tuple["IndexFile", ...]:
        from release_sampler.index.pages import parse_page

        return self.http.read(
            f"{index}{project}/",
            lambda answer: parse_page(
                answer.content, answer.content_type, answer.url, index, project
            ),
            {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5"},
        )

    def _changelog_in_metadata(self, files: List["IndexFile"]) -> str:
        from release_sampler.errors import SamplerError
        from release_sampler.index.http import NotOffered

        wheels = [file for file in files if file.filename.endswith(".whl") and file.url]
        if not wheels:
            return ""
        newest = max(wheels, key=lambda file: _order(file.version))
        try:
            url = f"{newest.url.partition('#')[0].partition('?')[0]}.metadata"
            content = self.http.get(url, limit=4_000_000).content
        except (NotOffered, SamplerError):
            return ""
        headers = HeaderParser().parsestr(content.decode("utf-8", "replace"))
        pairs = [str(value).partition(",") for value in headers.get_all("Project-URL") or ()]
        return changelog_of({label.strip(): url.strip() for label, _, url in pairs})


def open_index() -> Index:
    """The index that pip is configured for, or why there is none to ask."""
    try:
        from release_sampler.errors import SamplerError
        from release_sampler.index.http import Http, default_cache
        from release_sampler.index.pip_config import load_index_config
    except ImportError as error:
        return NoIndex(
            f"{error.name} is not installed, so the index was not asked for upload times and "
            'changelogs: pip install "matrix-updates[index]"'
        )
    try:
        config = load_index_config()
        return ConfiguredIndex(Http(config, default_cache()), tuple(config.urls))
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


def _changelog_in_json(answer: "Answer") -> str:
    try:
        urls = json.loads(answer.content)["info"]["project_urls"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return changelog_of(urls) if isinstance(urls, dict) else ""


def _of_version(files: Tuple["IndexFile", ...], version: str) -> List["IndexFile"]:
    wanted = _order(version)
    return [file for file in files if file.version == version or _order(file.version) == wanted]


def _order(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")
