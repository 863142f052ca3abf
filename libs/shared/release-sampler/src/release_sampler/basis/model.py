"""What goes into sampling and what comes out: plain, frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.platforms import DEFAULT_PLATFORMS, Platform, parse_platform
from release_sampler.basis.pythons import by_age, minor_of
from release_sampler.basis.specifiers import Specifiers, parse_specifiers


class Tier(str, Enum):
    """Why a release is a sample; the first that applies."""

    LOWEST = "lowest"
    LATEST = "latest"
    MAJOR = "major"
    PRERELEASE = "prerelease"
    BETWEEN = "between"


class Breadth(str, Enum):
    """On how many of the Pythons that a sample supports to test it."""

    #: The oldest and the newest.
    ENDS = "ends"
    #: The oldest and the two newest.
    ENDS_AND_SECOND = "ends-and-second"
    ALL = "all"


class Combine(str, Enum):
    """Which combinations of the releases of several packages to test."""

    #: All floors, all newest, each floor with the newest of the others, each other sample once.
    CORNERS = "corners"
    #: Every two releases, and every release and Python, at least once.
    PAIRS = "pairs"
    #: All of them.
    ALL = "all"


#: In a mapping by tier: what holds for tiers that it does not name.
ANY_TIER = "*"
DEFAULT_BREADTH: Mapping[str, Breadth] = MappingProxyType(
    {ANY_TIER: Breadth.ENDS, Tier.LATEST.value: Breadth.ENDS_AND_SECOND}
)


@dataclass(frozen=True)
class Policy:
    """What holds for all suites that do not say otherwise.

    Raises `SamplerError` for an unknown Python or a number that makes no sense.
    """

    #: Pythons to test on, with or without patch level ("3.8.18", "3.8").
    target_pythons: tuple[str, ...]
    #: How many stable releases to test.
    samples: int = 5
    #: How many days a release must have been on the index.
    cooldown_days: int = 3
    #: For how many days a prerelease stays interesting.
    prerelease_days: int = 180
    #: Of how many of the newest majors to test the newest release.
    max_majors: int = 3
    #: What locks are for, by name (`release_sampler.basis.platforms`); cells run on the first.
    platforms: tuple[str, ...] = DEFAULT_PLATFORMS
    #: Tier -> on how many Pythons to test its samples; "*" for the tiers not named. The newest stable
    #: release is of the tier "latest" here, even if it is the lowest as well.
    pythons: Mapping[str, Breadth] = DEFAULT_BREADTH
    #: Which combinations to test where a suite has axes and does not say.
    combine: Combine = Combine.CORNERS

    def __post_init__(self) -> None:
        if not self.target_pythons:
            raise SamplerError("no target Pythons: give at least one, as in 3.12")
        for target in self.target_pythons:
            minor_of(target)
        _check_number("samples", self.samples, at_least=1)
        _check_number("cooldown_days", self.cooldown_days, at_least=0)
        _check_number("prerelease_days", self.prerelease_days, at_least=0)
        _check_number("max_majors", self.max_majors, at_least=1)
        if not self.platforms:
            raise SamplerError(
                f"no platforms: give at least one, as in {DEFAULT_PLATFORMS[0]}; cells run on the first"
            )
        for name in self.platforms:
            parse_platform(name)
        if len(set(self.platforms)) < len(self.platforms):
            raise SamplerError(f"platforms {', '.join(self.platforms)}: expected each once")
        tiers = [tier.value for tier in Tier]
        for tier in self.pythons:
            if tier not in (ANY_TIER, *tiers):
                raise SamplerError(
                    f"pythons: unknown tier {tier[:40]!r}: expected one of {', '.join(tiers)}, "
                    f"or {ANY_TIER} for the rest"
                )

    def breadth(self, tier: Tier) -> Breadth:
        """On how many of its Pythons to test a sample of a tier."""
        rest = self.pythons.get(ANY_TIER) or DEFAULT_BREADTH[ANY_TIER]
        return self.pythons.get(tier.value) or rest

    @cached_property
    def here(self) -> Platform:
        """The platform that cells run on."""
        return parse_platform(self.platforms[0])

    def target_of(self, minor: str) -> str:
        """The target that a minor stands for, with its patch level if it has one."""
        return next(target for target in self.target_pythons if minor_of(target) == minor)

    @cached_property
    def minors(self) -> tuple[str, ...]:
        """The target Pythons without patch level, oldest first."""
        return by_age(minor_of(target) for target in self.target_pythons)


@dataclass(frozen=True)
class Suite:
    """One package and the constraints under which it is tested.

    Raises `SamplerError` for a malformed requirement or specifier.
    """

    #: The package, its extras and its supported range: a PEP 508 requirement ("httpx[http2]>=0.16").
    package: str
    #: Specifier on the package -> specifier on Python; "*" is all. All that match apply together.
    python: Mapping[str, str] = field(default_factory=dict)
    #: How many stable releases to test; None leaves it to the policy.
    samples: int | None = None
    #: Projects that may be built from source.
    sdists: frozenset[str] = frozenset()
    #: Of how many of the newest majors to test the newest release; None leaves it to the policy.
    max_majors: int | None = None
    #: Further packages to vary: requirements like `package`.
    axes: tuple[str, ...] = ()
    #: Which combinations of releases to test; None leaves it to the policy.
    combine: Combine | None = None

    def __post_init__(self) -> None:
        self.requirement
        self.specifiers
        self.python_rules
        if self.samples is not None:
            _check_number("samples", self.samples, at_least=1)
        if self.max_majors is not None:
            _check_number("max_majors", self.max_majors, at_least=1)
        names = [member.name for member in self.members]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise SamplerError(
                f"{self.name}: axes: {twice} is there twice: expected packages other than "
                f"{self.name}, each once"
            )

    @cached_property
    def members(self) -> tuple[Suite, ...]:
        """The suite of each package that varies: this one without its axes, then the axes in their order."""
        if not self.axes:
            return (self,)
        everywhere = {key: value for key, value in self.python.items() if key.strip() == "*"}
        axes = (replace(self, package=axis, python=everywhere, axes=()) for axis in self.axes)
        return (replace(self, axes=()), *axes)

    @cached_property
    def requirement(self) -> Requirement:
        try:
            requirement = Requirement(self.package)
        # packaging 21.3 lets pass what `int` then refuses: a version of thousands of digits.
        except (InvalidRequirement, ValueError) as error:
            reason = " ".join(str(error).split())
            raise SamplerError(
                f"malformed requirement {self.package[:200]!r}: {reason[:200]}; "
                'expected a name and a range, as in "httpx>=0.16"'
            ) from error
        if requirement.url or requirement.marker:
            raise SamplerError(
                f"requirement {self.package[:200]!r}: expected a name and a range, "
                'as in "httpx>=0.16", without a URL or a marker'
            )
        return requirement

    @cached_property
    def name(self) -> str:
        """The normalized name of the package, PEP 503."""
        return canonicalize_name(self.requirement.name)

    @cached_property
    def specifiers(self) -> Specifiers:
        """The supported range of the package."""
        return _specifiers(str(self.requirement.specifier), f"requirement {self.package[:200]!r}")

    @cached_property
    def python_rules(self) -> tuple[tuple[Specifiers, str], ...]:
        """Pairs of specifiers on the package and a specifier on Python."""
        for admitted in self.python.values():
            _specifiers(admitted, f"python of {self.name}")
        return tuple(
            (_specifiers(versions, f"python of {self.name}"), admitted)
            for versions, admitted in self.python.items()
        )

    def with_sdist(self) -> Suite:
        """The same suite, with leave to build the package itself."""
        return replace(self, sdists=self.sdists | {self.name})

    @cached_property
    def may_build(self) -> bool:
        """Whether the package itself may be built from its sdist."""
        return self.name in {canonicalize_name(project) for project in self.sdists}


@dataclass(frozen=True)
class FileGroup:
    """Files of a release that can be installed in the same places."""

    #: Kinds, see `release_sampler.basis.files`.
    kinds: tuple[str, ...]
    #: Platform tags of PEP 425, the oldest of each line; "any" is every platform.
    platforms: tuple[str, ...] = ("any",)
    requires_python: str | None = None


@dataclass(frozen=True)
class Release:
    """What the index says about one version of a package."""

    #: As PEP 440 writes it; as the index wrote it (shortened) if it has a `problem`.
    version: str
    uploaded: datetime | None = None
    requires_python: str | None = None
    #: Minors named by the classifiers; None if they were never fetched.
    pythons: tuple[str, ...] | None = None
    #: A reason, or True if none was given.
    yanked: bool | str = False
    #: Kinds of files, see `release_sampler.basis.files`: "sdist", "wheel", "wheel-cp38", ...
    files: tuple[str, ...] = ()
    #: Why its metadata cannot be used.
    problem: str | None = None
    #: Its files where they differ: in platform, or in what Pythons they require. Where there are none,
    #: `files` can be installed on any platform, and `requires_python` holds for all of them; the same
    #: holds for an sdist that is in none of them.
    groups: tuple[FileGroup, ...] = ()
    #: What its metadata requires, lines of PEP 508; None if that was never fetched.
    requires: tuple[str, ...] | None = None

    @cached_property
    def parsed(self) -> Version:
        """The version; only for releases without a `problem`."""
        return Version(self.version)


@dataclass(frozen=True)
class Status:
    """What the index says of a project as a whole, PEP 792."""

    #: "archived", "quarantined", "deprecated", or what an index may come to say.
    name: str = "active"
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" if self.reason else self.name


ACTIVE = Status()
#: Nothing of such a project is to be installed.
QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Snapshot:
    """What the index said about every release of a package, in the order of PEP 440."""

    package: str
    releases: tuple[Release, ...]
    status: Status = ACTIVE


def make_snapshot(package: str, releases: Iterable[Release], status: Status = ACTIVE) -> Snapshot:
    """Put releases into the order of PEP 440, those with an unreadable version first."""
    return Snapshot(package, tuple(sorted(releases, key=_order)), status)


@dataclass(frozen=True)
class Sample:
    """A release chosen for testing, and the Pythons (minors) to test it on."""

    version: str
    tier: Tier
    pythons: tuple[str, ...]
    uploaded: datetime | None = None
    #: Platform of the policy -> those of its Pythons that no file can be installed on there.
    not_on: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Those of its Pythons that the release does not claim to support.
    trials: tuple[str, ...] = ()
    #: Those of its Pythons for which it cannot be locked, with the reason.
    unresolvable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """What the resolver could not lock: releases together, on one Python (minor) or, for None, on any."""

    #: Project (normalized) and version, sorted.
    releases: tuple[tuple[str, str], ...]
    python: str | None
    reason: str


@dataclass(frozen=True)
class Combination:
    """One release of each package of a suite with axes, and the Pythons (minors) to test them on."""

    #: Project (normalized) and version, the package of the suite first.
    releases: tuple[tuple[str, str], ...]
    #: Why it is tested.
    role: str
    pythons: tuple[str, ...]
    #: As in `Sample`.
    not_on: tuple[tuple[str, tuple[str, ...]], ...] = ()
    trials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Previous:
    """What was chosen the last time."""

    #: Project -> versions.
    samples: Mapping[str, tuple[str, ...]]
    combinations: tuple[Combination, ...] = ()


@dataclass(frozen=True)
class Impossible:
    """Releases that cannot go together, on one Python (minor) or, for None, on any."""

    releases: tuple[tuple[str, str], ...]
    python: str | None
    reason: str


@dataclass(frozen=True)
class Sampling:
    """The choice, and the reason for it."""

    #: In the order of PEP 440.
    samples: tuple[Sample, ...]
    #: Version -> its tier, or why it was not chosen; every release has one.
    verdicts: Mapping[str, str]
    #: Target Python (minor) -> why no sample covers it.
    uncovered: Mapping[str, str]
    #: Sample (version) -> target Python (minor) -> why it is tested there, or why not.
    python_verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Of what the resolver refused, all that concerns the samples.
    refusals: tuple[Refusal, ...] = ()
    #: What to look at, a line each.
    notes: tuple[str, ...] = ()
    #: Of a suite with axes: project -> its sampling.
    axes: Mapping[str, Sampling] = field(default_factory=dict)
    combinations: tuple[Combination, ...] = ()
    #: What was wanted, and cannot be.
    impossible: tuple[Impossible, ...] = ()


def _check_number(name: str, value: int, *, at_least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise SamplerError(f"{name}={value!r}: expected a whole number, at least {at_least}")


def _specifiers(text: str, where: str) -> Specifiers:
    try:
        return parse_specifiers(text)
    except ValueError as error:
        raise SamplerError(f"{where}: {error}; expected one like >=3.8,<4") from error


def _order(release: Release) -> tuple[int, Version, str]:
    try:
        return (1, Version(release.version), release.version)
    except InvalidVersion:
        return (0, Version("0"), release.version)
