"""News of Pythons, from what snapshots record: which packages say that they support one that is no target, which
targets have reached the end of their support, and which limits of suites only repeat an old state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Callable

from packaging.version import Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.installs import installs_on
from release_sampler.basis.model import Policy, Release, Snapshot, Suite
from release_sampler.basis.python_dates import END_OF_SUPPORT, FIRST_FINAL
from release_sampler.basis.pythons import admits_python, by_age, language_of, minor_of
from release_sampler.basis.specifiers import admits
from release_sampler.documents.fields import as_object, as_texts, as_time, load, only_fields
from release_sampler.documents.request import read_policy, read_suite
from release_sampler.documents.snapshot import read_snapshot


@dataclass(frozen=True)
class NewPython:
    """A Python newer than all targets that packages say they support."""

    python: str
    #: Packages whose newest release with recorded classifiers names it.
    packages: tuple[str, ...]
    #: How many packages were asked.
    of: int
    #: Its first final release; None if that is not known yet.
    released: date | None

    def __str__(self) -> str:
        noun = "package" if self.of == 1 else "packages"
        return f"{self.python}: {len(self.packages)} of {self.of} {noun}"


@dataclass(frozen=True)
class Ended:
    """A target Python whose support has ended."""

    python: str
    on: date

    def __str__(self) -> str:
        return f"{self.python}: its support ended on {self.on.isoformat()}"


@dataclass(frozen=True)
class OldLimit:
    """A limit of a suite that keeps its newest release from Pythons it supports."""

    package: str
    version: str
    #: The suite's specifier on Python.
    limit: str
    pythons: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.package}: python={self.limit!r} leaves out {', '.join(self.pythons)}, "
            f"which {self.version} says it supports"
        )


def new_pythons(snapshots: Iterable[Snapshot], targets: Iterable[str]) -> tuple[NewPython, ...]:
    """The Pythons that packages name and that are newer than all targets, oldest first."""
    spokesmen = {snapshot.package: _newest_classified(snapshot) for snapshot in snapshots}
    newest = max(
        (Version(language_of(minor_of(target))) for target in targets), default=Version("0")
    )
    named = {
        minor
        for release in spokesmen.values()
        for minor in (release.pythons if release else None) or ()
        if Version(minor) > newest
    }
    return tuple(
        NewPython(
            python=minor,
            packages=tuple(
                sorted(name for name, r in spokesmen.items() if r and minor in (r.pythons or ()))
            ),
            of=len(spokesmen),
            released=FIRST_FINAL.get(minor),
        )
        for minor in by_age(named)
    )


def spokesman(snapshot: Snapshot) -> Release | None:
    """The release that speaks for a package, once its classifiers are known: the newest stable one.

    None if there is no stable release that can be read and is not yanked.
    """
    return _newest(snapshot.releases)


def ended_pythons(targets: Iterable[str], day: date) -> tuple[Ended, ...]:
    """The targets whose support has ended before the day, oldest first."""
    languages = by_age(language_of(minor_of(target)) for target in targets)
    return tuple(
        Ended(minor, END_OF_SUPPORT[minor]) for minor in languages if END_OF_SUPPORT[minor] < day
    )


def old_limits(suite: Suite, policy: Policy, snapshot: Snapshot) -> tuple[OldLimit, ...]:
    """The limits of a suite above which its newest release by now supports target Pythons.

    Only upper limits: a suite may well want no old Python.
    """
    release = _newest_classified(snapshot, suite)
    if release is None:
        return ()
    supported = [
        minor
        for minor in policy.minors
        if minor in (release.pythons or ())
        and installs_on(release, minor, policy.here, suite.may_build)
    ]
    limits = dict.fromkeys(
        limit for versions, limit in suite.python_rules if admits(versions, release.parsed)
    )
    found = []
    for limit in limits:
        admitted = [minor for minor in policy.minors if admits_python(limit, minor)]
        above = [
            m for m in supported if admitted and Version(m) > Version(language_of(admitted[-1]))
        ]
        if above:
            found.append(OldLimit(suite.name, release.version, limit, tuple(above)))
    return tuple(found)


def answer(text: str, read: Callable[[Path], str]) -> str:
    """Answer a request (JSON) with the news as JSON.

    The request has `as_of`, `policy` and `suites`, a list of objects with `suite` (policy and suite as in
    `release_sampler.documents.request`) and `releases`: the path of its snapshot. The answer has `new`, `ended` and
    `limits`, lists of objects, each with a `text` for people. Raises `SamplerError`.
    """
    data = as_object(load(text, "request"), "request")
    only_fields(data, "request", {"as_of", "policy", "suites"})
    policy = read_policy(as_object(data.get("policy"), "request: policy"))
    day = as_time(data.get("as_of"), "request: as_of").date()
    listed = data.get("suites")
    if not isinstance(listed, list):
        raise SamplerError("request: suites: expected a list")
    suites = [_read_suite(as_object(item, "request: suites"), read) for item in listed]
    snapshots = {snapshot.package: snapshot for _, snapshot in suites}
    limits = [limit for suite, snapshot in suites for limit in old_limits(suite, policy, snapshot)]
    found: dict[str, Sequence[object]] = {
        "new": new_pythons(snapshots.values(), policy.target_pythons),
        "ended": ended_pythons(policy.target_pythons, day),
        "limits": limits,
    }
    told = {kind: [_to_json(item) for item in items] for kind, items in found.items()}
    return json.dumps(told, indent=2) + "\n"


def _read_suite(data: Any, read: Callable[[Path], str]) -> tuple[Suite, Snapshot]:
    only_fields(data, "request: suites", {"suite", "releases"})
    suite = read_suite(as_object(data.get("suite"), "request: suites: suite"))
    (path,) = as_texts([data.get("releases")], "request: suites: releases")
    try:
        return suite, read_snapshot(read(Path(path)), suite.name)
    except ValueError as error:
        raise SamplerError(f"{path}: {error}; generate the matrix again") from error


def _to_json(item: Any) -> dict[str, object]:
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in vars(item).items()
    }
    return {**plain, "text": str(item)}


def _newest_classified(snapshot: Snapshot, suite: Suite | None = None) -> Release | None:
    """The newest stable release whose classifiers are recorded, and which a suite (if given) admits."""
    asked = [r for r in snapshot.releases if suite is None or admits(suite.specifiers, r.parsed)]
    return _newest(release for release in asked if release.pythons)


def _newest(releases: Iterable[Release]) -> Release | None:
    stable = (
        r for r in releases if r.problem is None and not r.yanked and not r.parsed.is_prerelease
    )
    return max(stable, key=lambda release: release.parsed, default=None)
