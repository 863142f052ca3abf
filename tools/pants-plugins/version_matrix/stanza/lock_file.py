"""A sample's lock: what goes into it, its header, its pins.

Pure: requirements and resolver output in, text out.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from version_matrix.stanza import lock_markers, python_names
from version_matrix.stanza.suite import Suite, project_name

BASE_REQUIREMENTS = "[version-matrix].base_requirements"

# What ends a line of a lock that goes on in the next.
_CONTINUATION = "\\ "
_INPUTS = re.compile(r"^# inputs: (sha256:[0-9a-f]{64})$", re.MULTILINE)
_PYTHONS = re.compile(r"^# pythons: (.*)$", re.MULTILINE)
_PLATFORMS = re.compile(r"^# platforms: (.*)$", re.MULTILINE)
_REQUIRES = re.compile(r"^# requires: (.*)$", re.MULTILINE)
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class LockInputs:
    """All that decides a lock, the index and its date aside.

    `requirements` are PEP 508 lines, resolved as high as they allow; `lowest` are such lines
    resolved, by themselves, as low as they allow. `pythons` are the lock's Pythons with their
    patch levels, ascending; `sdists` the projects that may be built from source; `chosen` the
    project whose release was sampled already, so that no cool-down applies to it, and `partners`
    those of its axes. `platforms` are those of the policy, the one that cells run on first.
    """

    requirements: tuple[str, ...]
    pythons: tuple[str, ...]
    sdists: tuple[str, ...] = ()
    lowest: tuple[str, ...] = ()
    chosen: str | None = None
    platforms: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()

    @property
    def sampled(self) -> tuple[str, ...]:
        """The projects whose releases were sampled."""
        return (self.chosen, *self.partners) if self.chosen else ()

    @property
    def digest(self) -> str:
        """Identifies the inputs; dates do not enter, so that a new day changes no lock."""
        return _digest([*self._first_format, self.platforms])

    def are_those_of(self, recorded: str | None) -> bool:
        """Whether a recorded digest is that of these inputs.

        Locks of 0.1.0 hold for every platform, and so for those that are asked for.
        """
        return recorded in (self.digest, _digest(self._first_format))

    @property
    def _first_format(self) -> list[object]:
        return [self.requirements, self.pythons, self.sdists, self.lowest]

    @property
    def environments(self) -> tuple[str, ...]:
        """A marker (PEP 508) for each Python on each platform: what the lock has to hold for."""
        return tuple(
            lock_markers.environment(python_names.minor(python), platform)
            for python in self.pythons
            for platform in self.platforms
        )


def _digest(document: Sequence[object]) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"


def system(platform: str) -> str:
    """What markers call the system of `macos-arm64-14.0` (`sys_platform`): `darwin`."""
    return lock_markers.platform_variables(platform)["sys_platform"]


def environment_requirements(
    suite: Suite,
    version: str,
    pythons: Sequence[str],
    *,
    base: Sequence[str],
    closure: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    """What the environment of a sample holds beside the sample itself, and where that is said.

    `base` comes from the policy (pytest), `closure` maps the normalized name of each third-party
    project that the suite's first-party code reaches to its requirements and their origins. For
    one project the suite's rules win over the policy, the policy over the closure, and the sample
    over all; a rule that is for some of the `pythons` (`3.12`) wins on these alone.
    """
    every = tuple(pythons)
    found: dict[str, str] = {}
    # Project -> the Pythons on which nobody has said yet which of it is wanted.
    open_on: dict[str, tuple[str, ...]] = {}
    ruled: dict[str, set[str]] = {}
    for rule in suite.rules_for(version):
        admitted = rule.pythons(every)
        for line in rule.requirements:
            project = project_name(line)
            if project not in suite.projects and admitted:
                found[_limited(line, admitted, every)] = f"rule {rule.specifier!r}"
                ruled.setdefault(project, set()).update(admitted)
    for project, covered in ruled.items():
        open_on[project] = tuple(python for python in every if python not in covered)
    for line in base:
        left = open_on.get(project_name(line), every)
        if project_name(line) not in suite.projects and left:
            found[_limited(line, left, every)] = BASE_REQUIREMENTS
    taken = {*suite.projects, *map(project_name, base)}
    for project, lines in closure.items():
        left = open_on.get(project, every)
        if project not in taken and left:
            found.update({_limited(line, left, every): said for line, said in lines.items()})
    # In order, so that where a requirement comes from decides nothing.
    return dict(sorted(found.items()))


def _limited(line: str, pythons: Sequence[str], every: Sequence[str]) -> str:
    """A requirement for some of a lock's Pythons, by a marker if they are not all."""
    if len(pythons) == len(every):
        return line
    marker = " or ".join(f"python_version == '{python}'" for python in map(_version, pythons))
    requirement = Requirement(line)
    if requirement.marker is None:
        return f"{line} ; {marker}"
    requirement.marker = Marker(f"({requirement.marker}) and ({marker})")
    return str(requirement)


def _version(minor: str) -> str:
    return minor.rstrip("t").replace("pypy", "")


def render(body: str, *, inputs: LockInputs, command: str, platforms: Iterable[str] = ()) -> str:
    """A lock's text: a header that says what made it, then the resolver's pins, sorted.

    `platforms` are those that the lock holds for, where they are not all that were asked for. A
    resolver names projects by their normalized names.
    """
    some = tuple(platforms) or inputs.platforms
    header = (
        f"# GENERATED by `{command}`. DO NOT EDIT.\n"
        "# After a merge conflict run the same command: it writes this file anew.\n"
        f"# pythons: {_told_pythons(inputs)}\n"
        + (f"# platforms: {', '.join(some)}\n" if some else "")
        + "".join(f"# requires: {line}\n" for line in _told_requirements(inputs))
        + f"# inputs: {inputs.digest}\n"
    )
    return header + _sorted_body(lock_markers.simplified(body, inputs.pythons, some))


def _told_pythons(inputs: LockInputs) -> str:
    return ", ".join(python_names.minor(python) for python in inputs.pythons)


def _told_requirements(inputs: LockInputs) -> tuple[str, ...]:
    return (*inputs.requirements, *(f"{line} at its lowest" for line in inputs.lowest))


def recorded_inputs(lock: str) -> str | None:
    """The digest of its inputs that a lock's header records."""
    match = _INPUTS.search(lock)
    return match.group(1) if match else None


def recorded_platforms(lock: str) -> tuple[str, ...]:
    """The platforms that a lock holds for, by its header; none where it tells none."""
    match = _PLATFORMS.search(lock)
    return tuple(match[1].split(", ")) if match else ()


def recorded_pythons(lock: str) -> tuple[str, ...]:
    """The Pythons (`3.12`) that a lock is for, by its header."""
    match = _PYTHONS.search(lock)
    return tuple(match[1].split(", ")) if match else ()


def changed_inputs(lock: str, inputs: LockInputs) -> str:
    """In what these inputs differ from those that a lock's header tells, in words.

    Patch levels, platforms and what may be built are in the digest, and not told apart.
    """
    before, now = set(_REQUIRES.findall(lock)), set(_told_requirements(inputs))
    changes = [
        *(f"requires {line}" for line in sorted(now - before)),
        *(f"no longer requires {line}" for line in sorted(before - now)),
    ]
    pythons = _told_pythons(inputs)
    if _PYTHONS.findall(lock) != [pythons]:
        changes.append(f"is for Python {pythons}")
    return ", ".join(changes) or "has other patch levels of Python, platforms or `sdists`"


def body(lock: str) -> str:
    """A lock without its comments: all that an environment is made of."""
    return "".join(
        line
        for line in lock.splitlines(keepends=True)
        if line.strip() and not line.lstrip().startswith("#")
    )


def pins(lock: str) -> dict[str, tuple[str, ...]]:
    """Normalized project name -> pinned versions (several where markers fork), ascending as text."""
    found: dict[str, set[str]] = {}
    for match in _PIN.finditer(lock):
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return {name: tuple(sorted(versions)) for name, versions in sorted(found.items())}


def changed_pins(old: str, new: str) -> tuple[str, ...]:
    """What differs between two locks, a line a project: `anyio 4.5.2 -> 4.6.0`."""
    before, after = pins(old), pins(new)
    lines = []
    for name in sorted({*before, *after}):
        was, now = before.get(name, ()), after.get(name, ())
        if was != now:
            lines.append(f"{name} {'/'.join(was) or 'none'} -> {'/'.join(now) or 'none'}")
    return tuple(lines)


def without_hashes(lock: str) -> str:
    """A lock's pins with their markers alone: what a resolver shall keep, hashes asked anew."""
    return "".join(
        f"{line.rstrip(_CONTINUATION)}\n" for line in body(lock).splitlines() if _PIN.match(line)
    )


def without_projects(pinned: str, projects: Iterable[str]) -> str:
    """The pins of `without_hashes`, but for those of some projects (normalized names)."""
    left_out = set(projects)
    return "".join(
        line
        for line in pinned.splitlines(keepends=True)
        if canonicalize_name(line.partition("==")[0]) not in left_out
    )


def pinned_lines(lock: str, requirements: Iterable[str]) -> tuple[str, ...]:
    """The pins that a lock has for these requirements, with their extras and the pins' markers."""
    extras: dict[str, set[str]] = {}
    for line in requirements:
        extras.setdefault(project_name(line), set()).update(Requirement(line).extras)
    pinned = []
    for line in without_hashes(lock).splitlines():
        name, pin, rest = line.partition("==")
        wanted = extras.get(canonicalize_name(name))
        if wanted is not None:
            named = f"{name}[{','.join(sorted(wanted))}]" if wanted else name
            pinned.append(f"{named}{pin}{rest}")
    return tuple(pinned)


def excerpt(lock: str, projects: Iterable[str]) -> str:
    """The entries of some projects (normalized names), hashes included."""
    wanted = set(projects)
    lines: list[str] = []
    taken = False
    for line in body(lock).splitlines(keepends=True):
        pin = _PIN.match(line)
        taken = canonicalize_name(pin["name"]) in wanted if pin else taken
        lines += [line] if taken else []
    return "".join(lines)


def _sorted_body(text: str) -> str:
    """The pins in order, each with its sorted hashes, one hash a line."""
    blocks: list[list[str]] = []
    for line in body(text).splitlines():
        if line.startswith((" ", "\t")):
            blocks[-1].append(line.strip().rstrip(_CONTINUATION))
        else:
            blocks.append([line.rstrip(_CONTINUATION)])
    return "".join(
        " \\\n    ".join([pin, *sorted(hashes)]) + "\n" for pin, *hashes in sorted(blocks)
    )
