"""What the index says about what a lock holds: yanked releases, projects that are archived or quarantined.

Keeping a pin is for whoever makes locks to decide; here is what they have to tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from release_sampler.basis.errors import NoReleases, SamplerError
from release_sampler.basis.model import ACTIVE, Snapshot
from release_sampler.basis.names import require_normalized
from release_sampler.basis.specifiers import parse_version
from release_sampler.basis.threads import map_each
from release_sampler.documents.fields import as_object, load, only_fields

_THREADS = 8
_PIN = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^]]*\]\s*)?===?\s*(?P<version>[^\s;\\,#]+)", re.ASCII)

Pins = Mapping[str, "tuple[str, ...]"]


@dataclass(frozen=True)
class Fact:
    """Something to know about a pin, or (without a version) about a project that is pinned."""

    project: str
    version: str | None
    #: "yanked", "withdrawn", "missing", or the status of the project (PEP 792).
    what: str
    #: In the words of the index; None if it gives none.
    reason: str | None = None

    def __str__(self) -> str:
        pin = f"{self.project} {self.version}" if self.version else self.project
        return f"{pin}: {self.what}: {self.reason}" if self.reason else f"{pin}: {self.what}"


def facts_about(project: str, versions: tuple[str, ...], snapshot: Snapshot) -> Iterator[Fact]:
    """What a snapshot says of pinned versions of its project: first of the project, then of each."""
    if snapshot.status != ACTIVE:
        yield Fact(project, None, snapshot.status.name, snapshot.status.reason)
    known = {parse_version(r.version): r for r in snapshot.releases if r.problem is None}
    unread = {r.version for r in snapshot.releases if r.problem is not None}
    for version in versions:
        release = known.get(parse_version(version))
        if release is None and version not in unread:
            yield Fact(project, version, "withdrawn", "the index no longer lists it")
        elif release is not None and release.yanked:
            yield Fact(
                project, version, "yanked", release.yanked if release.yanked is not True else None
            )


def held(pins: Pins, fetch: Callable[[str], Snapshot]) -> tuple[Fact, ...]:
    """What the index says of pins (normalized name -> versions), by project; each is asked for once.

    Raises `SamplerError` if the index fails. A project that it does not have is a fact.
    """

    def ask(project: str) -> tuple[Fact, ...]:
        try:
            return tuple(facts_about(project, pins[project], fetch(project)))
        except NoReleases as error:
            reason = str(error).partition(": ")[2]
            return (Fact(project, None, "missing", reason),)

    return tuple(fact for facts in map_each(ask, sorted(pins), _THREADS) for fact in facts)


def to_json(facts: tuple[Fact, ...]) -> str:
    """The facts as a JSON list of objects: project, version, what, reason."""
    return json.dumps([vars(fact) for fact in facts], indent=2) + "\n"


def read_pins(text: str) -> Pins:
    """Read the pins of a lock in pip's format, or of JSON: `{"pins": {"h11": "0.14.0"}}`.

    A version may be a list of several. Raises `SamplerError`.
    """
    pins = _from_json(text) if text.lstrip().startswith("{") else _from_lock(text)
    for project, versions in pins.items():
        require_normalized(project)
        for version in versions:
            try:
                parse_version(version)
            except ValueError as error:
                raise SamplerError(f"pins: {project}: {error}") from error
    return pins


def _from_lock(text: str) -> Pins:
    pins: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        match = _PIN.match(line)
        if match is not None:
            pins.setdefault(canonicalize_name(match["name"]), {})[match["version"]] = None
    if not pins:
        raise SamplerError(
            "pins: expected a lock in pip's format with lines like h11==0.14.0, or JSON"
        )
    return {project: tuple(versions) for project, versions in pins.items()}


def _from_json(text: str) -> Pins:
    data = as_object(load(text, "pins"), "pins")
    only_fields(data, "pins", {"pins"})
    pins: dict[str, tuple[str, ...]] = {}
    for project, told in as_object(data.get("pins"), "pins").items():
        versions = [told] if isinstance(told, str) else told
        if not isinstance(versions, list) or not all(isinstance(v, str) for v in versions):
            raise SamplerError(f"pins: {project[:60]}: expected a version or a list of versions")
        pins[project] = tuple(versions)
    return pins
