"""Whether releases of several packages go together on a Python: their metadata first, then what the resolver said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from packaging.utils import canonicalize_name

from release_sampler.basis.markers import applies, parse_requirement
from release_sampler.basis.model import Policy, Refusal, Release, Suite
from release_sampler.choice.assignment import Able, able_on

#: Project -> version.
Releases = Mapping[str, str]


@dataclass(frozen=True)
class Member:
    """A package that varies, and its samples, oldest first."""

    suite: Suite
    samples: tuple[Release, ...]

    @property
    def name(self) -> str:
        return self.suite.name

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(release.version for release in self.samples)

    def release(self, version: str) -> Release:
        return next(release for release in self.samples if release.version == version)


@dataclass(frozen=True)
class Together:
    """Answers whether releases go together, each question once."""

    policy: Policy
    members: tuple[Member, ...]
    refusals: tuple[Refusal, ...]
    _able: dict[tuple[str, str], Able] = field(default_factory=dict)
    _clashes: dict[tuple[str, str, str, str, str], str | None] = field(default_factory=dict)

    def able(self, releases: Releases) -> Able:
        """The Pythons on which all of them can be tested together; what they all claim to support."""
        each = [self._alone(name, version) for name, version in releases.items()]
        admitted = tuple(
            minor
            for minor in self.policy.minors
            if all(minor in one.admitted for one in each) and self.clash(releases, minor) is None
        )
        claimed = tuple(m for m in admitted if all(m in one.claimed for one in each))
        return Able(admitted, claimed)

    def go(self, releases: Releases, python: str | None = None) -> bool:
        """Whether releases (of some or all members) go together, on a Python or on any."""
        if python is None:
            return bool(self.able(releases).admitted)
        return (
            all(python in self._alone(name, version).admitted for name, version in releases.items())
            and self.clash(releases, python) is None
        )

    def why_not(self, releases: Releases, python: str | None = None) -> str:
        """Why releases do not go together, in our words."""
        pythons = (python,) if python else self.policy.minors
        common = [
            minor
            for minor in pythons
            if all(minor in self._alone(*release).admitted for release in releases.items())
        ]
        where = f" on Python {python}" if python else ""
        named = " with ".join(f"{name} {version}" for name, version in releases.items())
        together = f"{named}{where}"
        if not common:
            return f"{together}: {self._no_common_python(releases)}"
        # What the resolver said begins with what it is about.
        reasons = dict.fromkeys(
            (self.clash(releases, minor) or "").removeprefix(f"{named}: ") for minor in common
        )
        return f"{together}: {'; '.join(filter(None, reasons)) or 'with no release of the others'}"

    def _no_common_python(self, releases: Releases) -> str:
        admitted = {
            f"{name} {version}": ", ".join(self._alone(name, version).admitted)
            for name, version in releases.items()
        }
        if len(admitted) == 1:
            return f"it goes with {next(iter(admitted.values()))}"
        told = "; ".join(f"{release} goes with {pythons}" for release, pythons in admitted.items())
        return f"no target Python that all of them go with ({told})"

    def clash(self, releases: Releases, python: str) -> str | None:
        """The first thing that speaks against releases on a Python that each of them admits."""
        for one, other in permutations(releases.items(), 2):
            reason = self._exclusion(one, other, python)
            if reason is not None:
                return reason
        for refusal in self.refusals:
            if refusal.python in (None, python) and set(refusal.releases) <= set(releases.items()):
                return refusal.reason
        return None

    def pin(self, member: Member, release: Release, other: Member) -> str | None:
        """The one release of another package that a release wants on whatever Python, as `name==version`."""
        for line in release.requires or ():
            requirement = parse_requirement(line)
            if requirement is None or canonicalize_name(requirement.name) != other.name:
                continue
            exact = any(
                each.operator == "==" and not each.version.endswith(".*")
                for each in requirement.specifier
            )
            extras = member.suite.requirement.extras
            everywhere = all(
                applies(requirement, self._target(minor), self.policy.here, extras)
                for minor in self.policy.minors
            )
            if exact and everywhere:
                return f"{other.name}{requirement.specifier}"
        return None

    def _alone(self, name: str, version: str) -> Able:
        key = (name, version)
        if key not in self._able:
            member = self._member(name)
            self._able[key] = able_on(member.suite, self.policy, member.release(version))
        return self._able[key]

    def _exclusion(self, one: tuple[str, str], other: tuple[str, str], python: str) -> str | None:
        """What the metadata of one release says against the other."""
        key = (*one, *other, python)
        if key not in self._clashes:
            self._clashes[key] = next(self._exclusions(one, other, python), None)
        return self._clashes[key]

    def _exclusions(
        self, one: tuple[str, str], other: tuple[str, str], python: str
    ) -> Iterator[str]:
        member = self._member(one[0])
        partner = self._member(other[0]).release(other[1])
        extras = member.suite.requirement.extras
        for line in member.release(one[1]).requires or ():
            requirement = parse_requirement(line)
            if requirement is None or canonicalize_name(requirement.name) != other[0]:
                continue
            admitted = requirement.specifier.contains(partner.parsed, prereleases=True)
            if not admitted and applies(
                requirement, self._target(python), self.policy.here, extras
            ):
                yield f"{one[0]} {one[1]} wants {other[0]}{requirement.specifier}"

    def _target(self, python: str) -> str:
        """The target with its patch level, which markers may speak of."""
        return self.policy.target_of(python)

    def _member(self, name: str) -> Member:
        return next(member for member in self.members if member.name == name)


def nearest(
    together: Together, wanted: Releases, fixed: Iterable[str] = (), limit: int = 20_000
) -> Releases | None:
    """The releases nearest to the wanted ones that go together; those of `fixed` members stay.

    Distance is counted in samples; the later a member stands, the sooner it moves, and to the newer first.
    None if there are none, or none was found.
    """
    fixed = frozenset(fixed)
    members = together.members
    for tries, indices in enumerate(_outwards(members, wanted, fixed)):
        if tries > limit:
            return None
        found = {m.name: m.versions[i] for m, i in zip(members, indices)}
        if together.go(found):
            return found
    return None


def _outwards(
    members: Sequence[Member], wanted: Releases, fixed: frozenset[str]
) -> Iterator[tuple[int, ...]]:
    """Indices of samples, by their distance from the wanted ones."""
    start = tuple(member.versions.index(wanted[member.name]) for member in members)
    farthest = sum(len(member.versions) for member in members)
    for distance in range(farthest):
        yield from _at_distance(members, start, fixed, distance)


def _at_distance(
    members: Sequence[Member], start: tuple[int, ...], fixed: frozenset[str], distance: int
) -> Iterator[tuple[int, ...]]:
    if not members:
        if distance == 0:
            yield ()
        return
    first, here = members[0], start[0]
    for step in range(1 if first.name in fixed else distance + 1):
        for index in dict.fromkeys((here + step, here - step)):
            if 0 <= index < len(first.versions):
                for rest in _at_distance(members[1:], start[1:], fixed, distance - step):
                    yield (index, *rest)
