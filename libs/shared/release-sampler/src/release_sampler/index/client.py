"""The index as `plan` sees it: snapshots and classifiers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from pypi_simple import ACCEPT_ANY

from release_sampler.basis.errors import NoReleases, SamplerError
from release_sampler.basis.markers import parse_requirement
from release_sampler.basis.model import ACTIVE, Release, Snapshot, make_snapshot
from release_sampler.basis.names import require_normalized
from release_sampler.basis.pythons import classified_pythons
from release_sampler.basis.threads import map_each
from release_sampler.basis.times import parse_time
from release_sampler.index.http import BREAKS_OFF, Answer, Http, NotOffered, default_cache, redact
from release_sampler.index.metadata import fetch_metadata, json_api
from release_sampler.index.pages import IndexFile, Page, is_closed, parse_page
from release_sampler.index.pip_config import IndexConfig, load_index_config
from release_sampler.index.releases import group_by_version, make_release

_THREADS = 8
#: Ask the index whether a cached page is still true, every time: polling is what this is for.
_PAGE_HEADERS = {"Accept": ACCEPT_ANY, "Cache-Control": "max-age=0"}
_MAX_CLASSIFIED = 30
#: What a release requires: so many lines at most, of so many characters.
_MAX_REQUIREMENTS, _MAX_REQUIREMENT = 300, 500


class SimpleIndex:
    """The indexes of pip's configuration, taken together. May be used by several threads."""

    def __init__(self, config: IndexConfig, http: Http) -> None:
        self._config = config
        self._http = http
        self._files: dict[str, dict[str, tuple[IndexFile, ...]]] = {}
        #: By package, where more than one index lists files of it.
        self._listed_by: dict[str, tuple[str, ...]] = {}

    def fetch(self, package: str, known: Snapshot | None) -> Snapshot:
        """All releases of a package (a normalized name), with the classifiers that are `known`.

        Raises `SamplerError` that names the package if one of them fails, `NoReleases` if none of
        them has it.
        """
        answers = self._answers(package)
        if not answers:
            asked = ", ".join(redact(index) for index in self._config.urls)
            raise NoReleases(f"{package}: no such package on {asked}; check the name")
        listed = [redact(url) for url, page in answers if page.files]
        if len(listed) > 1:
            self._listed_by[package] = tuple(listed)
        pages = [page for _, page in answers]
        groups = group_by_version(file for page in pages for file in page.files)
        told = [page.status for page in pages if page.status != ACTIVE]
        status = told[0] if told else ACTIVE
        if not groups and status != ACTIVE:
            raise NoReleases(
                f"{package}: the index lists no releases of it, and says that it is {status}; "
                "nothing of it can be installed anew: leave it out, or replace it"
            )
        if not groups:
            raise NoReleases(
                f"{package}: the index lists no releases of it: they are deleted or quarantined, or this is "
                "no page of the Simple API (a login page?); check pip's index-url"
            )
        self._files[package] = groups
        snapshot = make_snapshot(
            package, (make_release(version, files) for version, files in groups.items()), status
        )
        return _with_known_classifiers(snapshot, known)

    def pages(self, package: str) -> tuple[Page, ...]:
        """What each index that knows a package (a normalized name) says of it.

        Raises `SamplerError` that names the package if one of them fails.
        """
        return tuple(page for _, page in self._answers(package))

    def _answers(self, package: str) -> list[tuple[str, Page]]:
        require_normalized(package)
        urls = self._config.urls
        pages = map_each(lambda index: self._page(index, package), urls, _THREADS)
        return [(url, page) for url, page in zip(urls, pages) if page is not None]

    def classify(
        self, snapshot: Snapshot, versions: Collection[str], requires: bool = False
    ) -> Snapshot:
        """Complete a snapshot that `fetch` made by the classifiers of some of its releases.

        With `requires` by what they require as well. Raises `SamplerError` if the index fails.
        """
        missing = [
            release
            for release in snapshot.releases
            if release.version in versions
            and (release.pythons is None or (requires and release.requires is None))
        ]
        found = {
            release.version: release
            for release in map_each(
                lambda r: self._completed(snapshot.package, r, requires), missing, _THREADS
            )
        }
        return replace(
            snapshot,
            releases=tuple(found.get(release.version, release) for release in snapshot.releases),
        )

    def notes(self) -> tuple[str, ...]:
        """A line for each package that was asked for and that several indexes list, by name.

        The best release of all of them is taken, as pip does. Whoever can upload to one of them under
        the name of a package that belongs on another decides what is installed (dependency confusion).
        """
        return tuple(
            f"{package} is on several indexes ({', '.join(urls)}), and the best release of all counts, "
            "whoever uploaded it; if that is not meant, configure one index that serves both"
            for package, urls in sorted(self._listed_by.items())
        )

    def _page(self, index: str, package: str) -> Page | None:
        """What one index says; None if it does not know the package."""
        try:
            page = self._http.read(
                f"{index}{package}/",
                lambda answer: _page_of(answer, index, package),
                _PAGE_HEADERS,
            )
        except NotOffered:
            return None
        except SamplerError as error:
            raise _about(package, error) from error
        except ValueError as error:
            reason = " ".join(str(error).split())[:200]
            raise SamplerError(
                f"{package}: {redact(index)} answers no page of the Simple API: {reason}; "
                f"check pip's {self._config.option(index)}"
            ) from error
        if any(file.uploaded is None and file.problem is None for file in page.files):
            files = self._with_upload_times(index, package, page.files)
            return replace(page, files=files)
        return page

    def _with_upload_times(
        self, index: str, package: str, files: tuple[IndexFile, ...]
    ) -> tuple[IndexFile, ...]:
        """Take upload times from PyPI's JSON API if the index has it beside its Simple API."""
        url = json_api(index, package)
        if url is None:
            return files
        try:
            times = self._http.read(url, _upload_times, {"Cache-Control": "max-age=0"})
        except NotOffered:
            return files
        except SamplerError as error:
            raise _about(package, error) from error
        return tuple(
            replace(file, uploaded=file.uploaded or times.get(file.filename)) for file in files
        )

    def _completed(self, package: str, release: Release, requires: bool) -> Release:
        files = self._files[package][release.version]
        try:
            metadata = fetch_metadata(self._http, package, release.version, files)
        except SamplerError as error:
            raise _about(f"{package} {release.version}", error) from error
        return replace(
            release,
            pythons=classified_pythons(metadata.classifiers)[:_MAX_CLASSIFIED],
            requires=_requirements(metadata.requires) if requires else release.requires,
        )


def open_index() -> SimpleIndex:
    """The indexes that pip would use, with a cache on disk; raises `SamplerError`."""
    config = load_index_config()
    return SimpleIndex(config, Http(config, default_cache()))


def _requirements(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines that PEP 508 knows, sorted."""
    short = (line.strip() for line in lines if len(line) <= _MAX_REQUIREMENT)
    known = (line for line in short if line.isprintable() and parse_requirement(line))
    return tuple(sorted(set(known)))[:_MAX_REQUIREMENTS]


def _with_known_classifiers(snapshot: Snapshot, known: Snapshot | None) -> Snapshot:
    if known is None:
        return snapshot
    before = {release.version: release for release in known.releases}
    nothing = Release("")
    return replace(
        snapshot,
        releases=tuple(
            replace(
                release,
                pythons=before.get(release.version, nothing).pythons,
                requires=before.get(release.version, nothing).requires,
            )
            for release in snapshot.releases
        ),
    )


def _about(culprit: str, error: SamplerError) -> SamplerError:
    named = SamplerError(f"{culprit}: {error}")
    named.retry_after = error.retry_after
    return named


def _page_of(answer: Answer, index: str, package: str) -> Page:
    if not answer.delimited and not is_closed(answer.content, answer.content_type):
        raise SamplerError(f"{redact(answer.url)}: {BREAKS_OFF}")
    return parse_page(answer.content, answer.content_type, answer.url, index, package)


def _upload_times(answer: Answer) -> dict[str, datetime]:
    """File name -> time of upload, from a project in PyPI's JSON API; what is malformed is left out."""
    times: dict[str, datetime] = {}
    try:
        for files in json.loads(answer.content)["releases"].values():
            for file in files:
                times[file["filename"]] = parse_time(file["upload_time_iso_8601"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return times
    return times
