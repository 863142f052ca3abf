"""What a `python_matrix_tests` stanza says, as plain values.

Everything here is pure: strings of the BUILD file in, frozen values or `SuiteError` out.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Iterable, Mapping, Union

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.conditions import (
    EVERY_RELEASE,
    PYTHON,
    SuiteError,
    admits,
    admits_minor,
    conditions,
    parse_specifier,
    python_limits,
)

# Which releases of several packages are tested together.
COMBINE = ("corners", "pairs", "all")
# More than so many packages beside its own nobody can tell apart in a report.
MAX_AXES = 5

# A minor version without a patch level, which stands for its first patch.
_SURPRISING = re.compile(r"(>|!=)\s*(\d+\.\d+)", re.ASCII)

# The variable, before or behind what it is compared with, and not a word in quotes.
_EXTRA = re.compile(r"\bextra (?:[=!<>~]|in |not )|(?:[=<>]|\bin) extra\b")


@dataclass(frozen=True)
class Rule:
    """Extra requirements (PEP 508) for the samples and Pythons that a key matches.

    `specifier` is the key as it is written: `*`, or conditions joined by ` and `, of which a
    specifier alone is on the package, one after the name of an axis on that, and one after `python`
    on the interpreter.
    """

    specifier: str
    requirements: tuple[str, ...]

    def admits_release(self, version: str) -> bool:
        """Whether every condition on the package, and on an axis, matches a sample."""
        return admits(self.specifier, version)

    def pythons(self, minors: Iterable[str]) -> tuple[str, ...]:
        """Those of some Pythons (`3.12`) that every condition on the interpreter admits."""
        if self.specifier == EVERY_RELEASE:
            return tuple(minors)
        limits = python_limits(self.specifier)
        return tuple(
            minor for minor in minors if all(admits_minor(limit, minor) for limit in limits)
        )


@dataclass(frozen=True)
class KnownFailure:
    """Samples (and Pythons) that are expected to fail, why, and until when.

    `specifier` is a key as in `Rule`.
    """

    specifier: str
    reason: str
    until: datetime.date | None = None
    python: str | None = None

    def covers(self, version: str, python: str) -> bool:
        """Whether the cell of this sample and this Python (`3.12`) is listed."""
        if not admits(self.specifier, version):
            return False
        if not all(admits_minor(limit, python) for limit in python_limits(self.specifier)):
            return False
        return self.python is None or admits_minor(self.python, python)


@dataclass(frozen=True)
class Suite:
    """One suite: one package (or, without one, a library's own requirements) and its constraints.

    `address` is the stanza's, for messages. `folder` is where its generated files lie.
    """

    address: str
    folder: str
    package: str | None
    rules: tuple[Rule, ...] = ()
    python: tuple[tuple[str, str], ...] = ()
    samples: int | None = None
    max_majors: int | None = None
    sdists: tuple[str, ...] = ()
    known_failures: tuple[KnownFailure, ...] = ()
    axes: tuple[str, ...] = ()
    combine: str | None = None
    upstream: str | None = None

    @property
    def title(self) -> str:
        """What varies, or what an own-floor suite is: `djangorestframework>=3.14 with django>=4.2`."""
        return " with ".join((self.package, *self.axes)) if self.package else "own requirements"

    @property
    def axis_projects(self) -> tuple[str, ...]:
        """The normalized names of the axes, in the stanza's order."""
        return tuple(map(project_name, self.axes))

    @property
    def projects(self) -> tuple[str, ...]:
        """The normalized names of all that varies; none in an own-floor suite."""
        return (self.project, *self.axis_projects) if self.project else ()

    def releases(self, version: str) -> dict[str, str]:
        """Project -> release of all that varies, in a sample of this name."""
        return {self.project: release_of(version), **axes_of(version)} if self.project else {}

    @property
    def project(self) -> str | None:
        """The normalized name (PEP 503) of the package, None in an own-floor suite."""
        return canonicalize_name(Requirement(self.package).name) if self.package else None

    def pinned(self, version: str) -> str:
        """The requirement that pins the sample, extras kept: `httpx[http2]==0.28.1`."""
        assert self.package is not None
        return _pin(self.package, release_of(version))

    def pinned_axes(self, version: str) -> tuple[str, ...]:
        """The requirements that pin the release of each axis in a sample of this name."""
        releases = axes_of(version)
        return tuple(_pin(axis, releases[project_name(axis)]) for axis in self.axes)

    def rules_for(self, version: str) -> tuple[Rule, ...]:
        """Every rule that matches the release, in the stanza's order."""
        return tuple(rule for rule in self.rules if rule.admits_release(version))

    def known_failure(self, version: str, python: str) -> KnownFailure | None:
        """The first listed failure that covers the cell."""
        return next((k for k in self.known_failures if k.covers(version, python)), None)

    def pythons(self, minors: Iterable[str]) -> tuple[str, ...]:
        """Those of some Pythons (`3.12`) that the suite admits for some release."""
        limits = [limit for specifier, limit in self.python if specifier == EVERY_RELEASE]
        return tuple(
            minor for minor in minors if all(admits_minor(limit, minor) for limit in limits)
        )

    @property
    def named_projects(self) -> frozenset[str]:
        """The normalized names (PEP 503) of all that varies and of all that its rules require."""
        required = (line for rule in self.rules for line in rule.requirements)
        return frozenset({*self.projects, *map(project_name, required)})

    def idle_failures(self, cells: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """What to tell of each listed failure that covers none of the cells (version, Python).

        It is no error: which releases are sampled changes by itself, and may change back.
        """
        there = tuple(cells)
        return tuple(
            f"known_failures[{known.specifier!r}] covers no cell: leave it out if it never will"
            for known in self.known_failures
            if not any(known.covers(*cell) for cell in there)
        )

    def surprising_limits(self) -> tuple[str, ...]:
        """What to tell of conditions on Python that PEP 440 reads otherwise than people do.

        Those of the field `python` are release-sampler's to tell of.
        """
        limits = [
            (f"requirements[{rule.specifier!r}]", limit)
            for rule in self.rules
            if rule.specifier != EVERY_RELEASE
            for name, limit in conditions(rule.specifier)
            if name == PYTHON
        ]
        limits += [
            (f"known_failures[{known.specifier!r}]", known.python)
            for known in self.known_failures
            if known.python
        ]
        return tuple(
            f"{where}: by PEP 440 {clause} admits {match[2]}.1 and later; write {meant} to leave "
            f"{match[2]} out"
            for where, limit in limits
            for clause in (part.strip() for part in limit.split(","))
            if (match := _SURPRISING.fullmatch(clause)) and (meant := _meant(match[1], match[2]))
        )

    def sampling_request(self) -> dict[str, object]:
        """What release-sampler is told of the suite; nothing else can change the sampling."""
        return {
            "package": self.package,
            "python": dict(self.python),
            "samples": self.samples,
            "sdists": list(self.sdists),
            **({} if self.max_majors is None else {"max_majors": self.max_majors}),
            **({"axes": list(self.axes)} if self.axes else {}),
            **({"combine": self.combine} if self.combine else {}),
        }


def _meant(operator: str, minor: str) -> str:
    major, number = Version(minor).release
    return f">={major}.{number + 1}" if operator == ">" else f"!={minor}.*"


def project_name(requirement: str) -> str:
    """The normalized name (PEP 503) a PEP 508 requirement is about."""
    return canonicalize_name(Requirement(requirement).name)


def _pin(requirement: str, version: str) -> str:
    """`httpx[http2]==0.28.1` for a release of a requirement's project."""
    parsed = Requirement(requirement)
    extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
    return f"{parsed.name}{extras}=={version}"


def parse_requirement(text: str) -> Requirement:
    """A PEP 508 requirement; raises `SuiteError` for what it does not allow."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise SuiteError(f"{text!r} is not a requirement (PEP 508): {error}") from None
    for part in requirement.specifier:
        parse_specifier(str(part))
    if requirement.url:
        raise SuiteError(
            f"{text!r} names a URL: expected a name and a specifier, which the index answers. A "
            "fork is named in 3rdparty, under a name of its own"
        )
    if requirement.marker:
        _check_marker(text, requirement.marker)
    return requirement


def _check_marker(text: str, marker: Marker) -> None:
    """Raises `SuiteError` for a marker by which a requirement would be left out in silence."""
    try:
        marker.evaluate({"extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise SuiteError(f"{text!r} is not a requirement (PEP 508): {error}") from None
    if _EXTRA.search(str(marker)):
        raise SuiteError(
            f"{text!r} asks for an `extra`, and a cell has none: expected the requirement without it, or "
            "the extra behind the name, as in 'httpx[http2]'"
        )


def parse_rules(rules: Mapping[str, Iterable[str]]) -> tuple[Rule, ...]:
    """The field `requirements`: key (see `Rule`) -> requirements."""
    parsed = []
    for specifier, requirements in rules.items():
        if specifier != EVERY_RELEASE:
            conditions(specifier)
        for requirement in requirements:
            parse_requirement(requirement)
        parsed.append(Rule(specifier, tuple(requirements)))
    return tuple(parsed)


def parse_python(python: Union[str, Mapping[str, str], None]) -> tuple[tuple[str, str], ...]:
    """The field `python`: one specifier on Python, or specifier on the package -> on Python."""
    if python is None:
        return ()
    rules = {EVERY_RELEASE: python} if isinstance(python, str) else python
    for specifier, pythons in rules.items():
        if specifier != EVERY_RELEASE:
            parse_specifier(specifier)
        parse_specifier(pythons)
    return tuple(rules.items())


def parse_known_failures(
    listed: Mapping[str, Union[str, Mapping[str, str]]],
) -> tuple[KnownFailure, ...]:
    """The field `known_failures`: specifier -> reason, or a dict of reason, until, python."""
    parsed = []
    for specifier, entry in listed.items():
        if specifier != EVERY_RELEASE:
            conditions(specifier)
        details = {"reason": entry} if isinstance(entry, str) else dict(entry)
        unknown = sorted(set(details) - {"reason", "until", "python"})
        if unknown:
            raise SuiteError(
                f"known_failures[{specifier!r}] has {', '.join(map(repr, unknown))}: expected "
                "'reason' and, if wanted, 'until' and 'python'"
            )
        if not details.get("reason", "").strip():
            raise SuiteError(f"known_failures[{specifier!r}] has no reason: say why, with a link")
        if "python" in details:
            parse_specifier(details["python"])
        parsed.append(
            KnownFailure(
                specifier=specifier,
                reason=details["reason"].strip(),
                until=_date(specifier, details["until"]) if "until" in details else None,
                python=details.get("python"),
            )
        )
    return tuple(parsed)


def parse_projects(names: Iterable[str]) -> tuple[str, ...]:
    """Names of projects, normalized (PEP 503) as those of a lock's pins are."""
    for name in names:
        requirement = parse_requirement(name)
        if requirement.name != name:
            raise SuiteError(f"{name!r} is more than the name of a project")
    return tuple(sorted({canonicalize_name(name) for name in names}))


def check_own_floor(suite: Suite) -> None:
    """Raises `SuiteError` if a suite without `package` says something of releases."""
    if suite.package is not None:
        return
    keyed = {
        "requirements": [
            rule.specifier
            for rule in suite.rules
            if rule.specifier == EVERY_RELEASE
            or any(name is None for name, _ in conditions(rule.specifier))
        ],
        "python": [specifier for specifier, _ in suite.python],
        "known_failures": [known.specifier for known in suite.known_failures],
    }
    for field, specifiers in keyed.items():
        for specifier in specifiers:
            if specifier != EVERY_RELEASE:
                raise SuiteError(
                    f"{field}[{specifier!r}] is about releases of a package, and the suite has no "
                    f"`package`: expected {EVERY_RELEASE!r} alone"
                )
    said = (
        ("samples", suite.samples),
        ("max_majors", suite.max_majors),
        ("axes", list(suite.axes) or None),
        ("combine", suite.combine),
    )
    for field, value in said:
        if value is not None:
            raise SuiteError(
                f"{field}={value} is about releases of a package, and the suite has no "
                "`package`: it has two samples, lowest and highest"
            )


def wrong_axes(suite: Suite) -> str | None:
    """What is wrong with what a suite says of its axes; None if nothing is.

    It is no error of the BUILD file, so that other suites are generated all the same.
    """
    projects = suite.axis_projects
    if suite.package is not None and suite.project in projects:
        return (
            f"axes names {suite.project}, which is the package itself: expected other packages that "
            "vary beside it"
        )
    twice = sorted({project for project in projects if projects.count(project) > 1})
    if twice:
        return f"axes names {', '.join(twice)} twice: expected each package once, with one range"
    if PYTHON in projects:
        return "axes names python: which Pythons are tested is said by the field `python`"
    if len(projects) > MAX_AXES:
        return (
            f"axes has {len(projects)} packages, and of more than {MAX_AXES} nobody could tell which "
            "is at fault: make suites of those that matter to one another"
        )
    if suite.combine is not None and not projects:
        return f"combine={suite.combine!r} is about axes, and the suite has none"
    keyed = [("requirements", rule.specifier) for rule in suite.rules]
    keyed += [("known_failures", known.specifier) for known in suite.known_failures]
    for field, key in keyed:
        for name, _ in () if key == EVERY_RELEASE else conditions(key):
            if name not in (None, PYTHON, *projects):
                known = f"({', '.join(projects)})" if projects else "(the suite has none)"
                return (
                    f"{field}[{key!r}] is about {name}, which is no axis {known}: name it in `axes`, "
                    "or leave the condition out"
                )
    for rule in suite.rules:
        for line in rule.requirements:
            if project_name(line) in projects:
                return (
                    f"requirements[{rule.specifier!r}] asks for {line}, and {project_name(line)} is an "
                    "axis: its range is said in `axes`, what its metadata excludes is found, and what "
                    "fails with one another all the same is said in `known_failures`"
                )
    return None


def parse_count(field: str, count: int | None) -> int | None:
    """The fields `samples` and `max_majors`: at least one, or nothing for the policy's number."""
    if count is not None and count < 1:
        raise SuiteError(f"{field}={count}: expected a whole number of at least 1")
    return count


def parse_axes(axes: Iterable[str]) -> tuple[str, ...]:
    """The field `axes`: requirements like `package`, of which `wrong_axes` says more."""
    found = tuple(axes)
    for axis in found:
        if parse_requirement(axis).marker:
            raise SuiteError(
                f"{axis!r}: expected a name, extras and a specifier; Pythons belong to the `python` "
                "field"
            )
    return found


def parse_combine(combine: str | None) -> str | None:
    """The field `combine`: one of `COMBINE`, or nothing for the policy's."""
    if combine not in (None, *COMBINE):
        raise SuiteError(f"combine={combine!r}: expected one of {', '.join(COMBINE)}")
    return combine


def _date(specifier: str, text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise SuiteError(
            f"known_failures[{specifier!r}] has until={text!r}: expected a date like 2027-01-31"
        ) from None
