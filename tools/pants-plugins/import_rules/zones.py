"""Who may depend on whom, by paths alone: a new service or library has nothing to declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Iterator, Optional, Tuple

# These look at everything from outside.
OUTSIDE = ("tests", "benchmarks")


@dataclass(frozen=True)
class Zone:
    """A part of the repository with one rule about who may depend on it.

    Attributes:
        pattern: the folder, relative to the root; `*` stands for one name, and makes each folder
            that matches a zone of its own.
        dependents: patterns of the zones that may depend on it, besides itself; None is all.
        rule: the rule in words, with `{zone}` for the folder.
    """

    pattern: str
    dependents: Optional[Tuple[str, ...]]
    rule: str = ""


# The first pattern that matches a path, or a folder above it, is its zone.
ZONES = (
    Zone("3rdparty", None),
    Zone("libs/shared", None),
    Zone(
        "libs/internal",
        ("services/*", *OUTSIDE),
        "only services and libs/internal may depend on {zone}",
    ),
    Zone("services/*", OUTSIDE, "only {zone} itself may depend on {zone}"),
    Zone("infra", OUTSIDE, "nothing may depend on {zone}"),
    Zone("tools", OUTSIDE, "only {zone} itself may depend on {zone}"),
    Zone("tests", (), "nothing may depend on {zone}"),
    Zone("benchmarks", (), "nothing may depend on {zone}"),
    # Like the root, these hold no code.
    Zone(".ci", None),
    Zone(".github", None),
)

# The Terraform base is built from the modules that services keep beside their code.
INFRA_MODULES = "services/*/infra"


@dataclass(frozen=True, order=True)
class Violation:
    """A dependency that no rule allows; `dependency` is None where `origin` is in no zone."""

    origin: str
    dependency: Optional[str]
    rule: str

    def __str__(self) -> str:
        ends = self.origin if self.dependency is None else f"{self.origin} -> {self.dependency}"
        return f"{ends}: {self.rule}"


def find_violations(
    origin: Tuple[str, str], dependencies: Iterable[Tuple[str, str]]
) -> Tuple[Violation, ...]:
    """Checks every dependency of one target.

    Args:
        origin: the address of the target, for the message, and its folder, which decides; the
            folder is relative to the root of the repository, `""` for the root itself.
        dependencies: the same of the targets that it depends on.
    """
    return tuple(_violations(origin, dependencies))


def _violations(
    origin: Tuple[str, str], dependencies: Iterable[Tuple[str, str]]
) -> Iterator[Violation]:
    address, folder = origin
    if not _is_known(folder):
        yield Violation(address, None, _unknown(folder))
    for dependency, dependency_folder in dependencies:
        rule = broken_rule(folder, dependency_folder)
        if rule is not None:
            yield Violation(address, dependency, rule)


def broken_rule(folder: str, dependency_folder: str) -> Optional[str]:
    """The rule that a dependency of one folder on another breaks, in words; None if it may be."""
    if not dependency_folder:
        return None  # The root holds no code: the licence, the configuration, the launcher.
    zone, place = _zone_of(dependency_folder)
    if zone is None:
        return _unknown(dependency_folder)
    own, own_place = _zone_of(folder)
    if zone.dependents is None or place == own_place:
        return None
    if own is not None and own.pattern in zone.dependents:
        return None
    if own_place == "infra" and _place(INFRA_MODULES, dependency_folder):
        return None
    return zone.rule.format(zone=place)


def _is_known(folder: str) -> bool:
    return not folder or _zone_of(folder)[0] is not None


def _zone_of(folder: str) -> Tuple[Optional[Zone], str]:
    for zone in ZONES:
        place = _place(zone.pattern, folder)
        if place:
            return zone, place
    return None, ""


def _place(pattern: str, folder: str) -> str:
    """The folder at or above `folder` that matches `pattern`, or `""`."""
    wanted, names = pattern.split("/"), folder.split("/")
    if len(names) < len(wanted):
        return ""
    if any(want not in ("*", name) for want, name in zip(wanted, names)):
        return ""
    return "/".join(names[: len(wanted)])


def _unknown(folder: str) -> str:
    known = ", ".join(zone.pattern for zone in ZONES)
    return (
        f"{folder} is in no zone of the import rules ({known}): "
        "move it, or add its zone to tools/pants-plugins/import_rules/zones.py"
    )
