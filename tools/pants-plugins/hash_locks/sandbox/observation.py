"""What pip comes to know while it resolves: metadata of releases, files of projects, words of the
index; kept, because pip-compile tells none of it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, Iterable, Iterator
from unittest import mock

from pip._internal.index import package_finder
from pip._internal.index.collector import IndexContent, LinkCollector
from pip._internal.index.package_finder import LinkEvaluator, LinkType, PackageFinder
from pip._internal.models.link import Link
from pip._internal.resolution.resolvelib.reporter import PipReporter
from pip._vendor.packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pip._vendor.packaging.version import InvalidVersion, Version
from piptools.repositories import PyPIRepository

from hash_locks.carried.closure import Release
from hash_locks.carried.environments import Environment
from hash_locks.carried.pins import Pin
from hash_locks.sandbox.failures import Origins
from hash_locks.sandbox.target import target_python


@dataclass(frozen=True)
class Status:
    """What an index says about a project as a whole (PEP 792), such as `archived`."""

    status: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


@dataclass
class Observation:
    """Everything seen since it was attached."""

    origins: Origins = field(default_factory=dict)
    # Project -> the release that the resolver settled on last, and what its metadata says.
    releases: dict[str, Release] = field(default_factory=dict)
    # Project -> URL -> the file, as its index describes it.
    files: dict[str, dict[str, Link]] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)

    def attach(self) -> None:
        """Watches pip from now on, for as long as the process lives."""
        evaluate_links, fetch = PackageFinder.evaluate_links, LinkCollector.fetch_response

        def adding_requirement(_: PipReporter, requirement: Any, parent: Any) -> None:
            # A requirement of an input file explains a project best, whoever else requires it.
            name = requirement.project_name
            if parent is None or self.origins.get(name, (None, parent))[1] is not None:
                self.origins[name] = (requirement, parent)

        def pinning(_: PipReporter, candidate: Any) -> None:
            dist = getattr(getattr(candidate, "base", candidate), "dist", None)
            if dist is not None:
                self.releases[canonicalize_name(candidate.project_name)] = Release(
                    str(candidate.version),
                    tuple(dist.metadata.get_all("Requires-Dist") or ()),
                    str(dist.metadata.get("Requires-Python") or ""),
                )

        def evaluated(
            finder: PackageFinder, evaluator: LinkEvaluator, links: Iterable[Link]
        ) -> Any:
            links = list(links)
            known = self.files.setdefault(canonicalize_name(evaluator.project_name), {})
            known.update((link.url_without_fragment, link) for link in links)
            return evaluate_links(finder, evaluator, links)

        def fetched(collector: LinkCollector, location: Link) -> IndexContent | None:
            page = fetch(collector, location)
            status = status_of(page) if page else None
            if status:
                name = location.url_without_fragment.rstrip("/").rpartition("/")[2]
                self.statuses[canonicalize_name(name)] = status
            return page

        # Their types are others'.
        setattr(PipReporter, "adding_requirement", adding_requirement)  # noqa: B010
        setattr(PipReporter, "pinning", pinning)  # noqa: B010
        setattr(PackageFinder, "evaluate_links", evaluated)  # noqa: B010
        setattr(LinkCollector, "fetch_response", fetched)  # noqa: B010
        _hash_files_of_all_pythons()

    def can_install(self, pin: Pin, environment: Environment) -> bool:
        """Whether a pin has a file for an environment whose hash it has, or may have: not every index
        tells hashes."""
        if pin.url:
            return True
        return any(
            link.hash_name != "sha256" or f"sha256:{link.hash}" in pin.hashes
            for link in self._installable(pin, environment)
        )

    def must_be_built(self, pin: Pin, environment: Environment) -> bool:
        """Whether others install a pin from a wheel, and this environment would have to build it."""
        if not any(link.is_wheel for link in self._files_of(pin)):
            return False
        return not any(link.is_wheel for link in self._installable(pin, environment))

    def is_for(self, pin: Pin, environment: Environment) -> bool:
        """Whether the release of a pin has a file for an environment, as far as is known."""
        return pin.name not in self.files or any(self._installable(pin, environment))

    def warnings(self) -> dict[str, str]:
        """Project -> what its index says about it, for those that are not what they were."""
        return {
            name: f"the index says that {name} is {status}"
            for name, status in self.statuses.items()
        }

    def notices(self, pins: Iterable[Pin]) -> Iterator[dict[str, str]]:
        """What the index says about pins that people should hear of, as JSON has it."""
        for pin in pins:
            status = self.statuses.get(pin.name)
            if status:
                yield _notice(pin, status)
            files = self._files_of(pin)
            if files and all(link.is_yanked for link in files):
                reasons = dict.fromkeys(link.yanked_reason or "" for link in files)
                yield _notice(pin, Status("yanked", "; ".join(filter(None, reasons))))

    def _files_of(self, pin: Pin) -> list[Link]:
        known = self.files.get(pin.name, {}).values()
        return [link for link in known if str(_version_of(link)) == pin.version]

    def _installable(self, pin: Pin, environment: Environment) -> Iterator[Link]:
        evaluator = LinkEvaluator(
            pin.name,
            canonicalize_name(pin.name),
            frozenset({"binary", "source"}),
            target_python(environment),
            allow_yanked=True,
        )
        for link in self._files_of(pin):
            if evaluator.evaluate_link(link)[0] is LinkType.candidate:
                yield link


def status_of(page: IndexContent) -> Status | None:
    """What a page of the Simple API says of its project, None if it is active."""
    if page.content_type.lower().startswith("application/vnd.pypi.simple.v1+json"):
        told = json.loads(page.content).get("project-status") or {}
        status, reason = told.get("status", ""), told.get("reason", "")
    else:
        parser = _StatusParser()
        parser.feed(page.content.decode(page.encoding or "utf-8", errors="replace"))
        status = parser.meta.get("pypi:project-status", "")
        reason = parser.meta.get("pypi:project-status-reason", "")
    return Status(status, reason or "") if status not in ("", "active") else None


class _StatusParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            told = {name: value or "" for name, value in attrs}
            self.meta[told.get("name", "")] = told.get("content", "")


def _notice(pin: Pin, status: Status) -> dict[str, str]:
    return {
        "project": pin.name,
        "version": pin.version,
        "status": status.status,
        "reason": status.reason,
        "via": ", ".join(sorted(pin.via)),
    }


@lru_cache(maxsize=None)
def _version_of(link: Link) -> Version | None:
    try:
        if link.is_wheel:
            return parse_wheel_filename(link.filename)[1]
        return parse_sdist_filename(link.filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _hash_files_of_all_pythons() -> None:
    """pip-compile hashes the wheels of all platforms and Pythons already, unless a file says by itself
    that it is for another Python than the one that is resolved for."""
    allow_all_wheels = PyPIRepository.allow_all_wheels

    @contextmanager
    def allow_all(repository: PyPIRepository) -> Iterator[None]:
        with mock.patch.object(
            package_finder, "_check_link_requires_python", lambda *_, **__: True
        ):
            with allow_all_wheels(repository):
                yield

    setattr(PyPIRepository, "allow_all_wheels", allow_all)  # noqa: B010
