"""Projects as the index tells them: their files, status and links, for whoever holds pins of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import HeaderParser

from packaging.version import InvalidVersion, Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import ACTIVE, QUARANTINED, Status
from release_sampler.index.client import SimpleIndex
from release_sampler.index.http import Answer, Http, NotOffered, TooLarge, default_cache
from release_sampler.index.metadata import json_api
from release_sampler.index.pages import IndexFile
from release_sampler.index.pip_config import IndexConfig, load_index_config

_MAX_METADATA = 4_000_000
_MAX_PROVENANCE = 4_000_000


@dataclass(frozen=True)
class Project:
    """What the indexes of pip's configuration say of a project, taken together."""

    name: str
    files: tuple[IndexFile, ...] = ()
    status: Status = ACTIVE
    #: Label -> URL, as the newest metadata have them; whoever shows one looks at it first.
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_quarantined(self) -> bool:
        return self.status.name == QUARANTINED

    def files_of(self, version: str) -> tuple[IndexFile, ...]:
        """The files of a release, however their names spell its version."""
        wanted = _order(version)
        return tuple(
            file for file in self.files if file.version == version or _order(file.version) == wanted
        )


class ProjectIndex:
    """The indexes of pip's configuration. May be used by several threads."""

    def __init__(self, config: IndexConfig, http: Http) -> None:
        self._index = SimpleIndex(config, http)
        self._urls = config.urls
        self._http = http

    def project(self, name: str) -> Project:
        """What is said of a project (a normalized name); one that no index knows has no files.

        Raises `SamplerError` that names the project if an index fails.
        """
        pages = self._index.pages(name)
        files = tuple(file for page in pages for file in page.files)
        told = [page.status for page in pages if page.status != ACTIVE]
        urls = self._linked(name) or self._linked_by_metadata(files)
        return Project(name, files, told[0] if told else ACTIVE, urls)

    def provenance(self, file: IndexFile) -> bytes | None:
        """The attestations of a file (PEP 740), unread and unverified; None where there are none.

        Raises `SamplerError` if the index names some and does not give them.
        """
        if file.provenance is None:
            return None
        try:
            return self._http.get(file.provenance, limit=_MAX_PROVENANCE).content
        except (NotOffered, TooLarge) as error:
            raise SamplerError(
                f"{file.filename}: its attestations are not there: {error}"
            ) from error

    def _linked(self, name: str) -> Mapping[str, str]:
        for index in self._urls:
            api = json_api(index, name)
            if api is None:
                continue
            try:
                found = self._http.read(api, _urls_in_json)
            except (NotOffered, SamplerError):
                continue
            if found:
                return found
        return {}

    def _linked_by_metadata(self, files: tuple[IndexFile, ...]) -> Mapping[str, str]:
        wheels = [file for file in files if file.filename.endswith(".whl") and file.url]
        if not wheels:
            return {}
        newest = max(wheels, key=lambda file: _order(file.version))
        url = f"{newest.url.partition('#')[0].partition('?')[0]}.metadata"
        try:
            content = self._http.get(url, limit=_MAX_METADATA).content
        except (NotOffered, SamplerError):
            return {}
        headers = HeaderParser().parsestr(content.decode("utf-8", "replace"))
        pairs = [str(value).partition(",") for value in headers.get_all("Project-URL") or ()]
        return {label.strip(): url.strip() for label, _, url in pairs}


def open_projects() -> ProjectIndex:
    """The indexes that pip would use, with a cache on disk; raises `SamplerError`."""
    config = load_index_config()
    return ProjectIndex(config, Http(config, default_cache()))


def _urls_in_json(answer: Answer) -> dict[str, str]:
    try:
        urls = json.loads(answer.content)["info"]["project_urls"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {str(label): url for label, url in urls if isinstance(url, str)}


def _order(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")
