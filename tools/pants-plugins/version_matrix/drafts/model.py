"""What a project's environments are, and what is drafted of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """One environment of another tool: what it installs, and what it runs there.

    `python` is a minor version (`3.12`), None where the environment names none. `requirements` are PEP
    508. `paths` are what pytest is given, relative to the root of the repository; `others` the programs
    that run instead.
    """

    name: str
    python: str | None = None
    factors: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """What no draft says, and why; `where` is the environments it is about, none for all."""

    what: str
    why: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a reader tells of one file."""

    reader: str
    environments: tuple[Environment, ...]
    left_out: tuple[LeftOut, ...] = ()
    wants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A stanza, as text of its fields; `covers` are the environments that it stands for.

    `label` tells it from other drafts of the same package and tests.
    """

    package: str
    paths: tuple[str, ...]
    covers: tuple[str, ...]
    label: str = ""
    requirements: tuple[tuple[str, tuple[str, ...]], ...] = ()
    python: tuple[tuple[str, str], ...] = ()
    axes: tuple[str, ...] = ()
    combine: str | None = None
    variables: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drafts:
    """All that comes of a reading: every environment is in a draft or left out, and in one only."""

    drafts: tuple[Draft, ...]
    left_out: tuple[LeftOut, ...]
