"""The model of a proposal: plain frozen values, bounded wherever they come from."""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal, Optional, Tuple

import msgspec
from msgspec import Meta

SCHEMA_VERSION: Final = 1

Name = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(max_length=4_000)]
Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
GroupName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
Names = Annotated[Tuple[Name, ...], Meta(max_length=2_000)]
Time = Annotated[datetime.datetime, Meta(tz=True)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts have in common."""


class Facts(_Part, frozen=True, kw_only=True):
    """What the index says of a release: when it was uploaded, by which file, where its changes are.

    `attested` is what the attestations of that file are worth, `publisher` whom they name; where they
    do not hold it says why. It is the project's `own` if its links lead to the publisher's repository.
    `was_by` is who published the release before, if that was another.
    """

    uploaded: Optional[Time] = None
    file: Text = ""
    changelog: Text = ""
    attested: Literal["unasked", "none", "holds", "fails"] = "unasked"
    publisher: Text = ""
    own: bool = False
    was_by: Text = ""


class SampleChange(_Part, frozen=True, kw_only=True):
    """A sample that came, went, or is tested on other Pythons or as another tier; `why` is the verdict."""

    version: Name
    effect: Literal["added", "removed", "changed"]
    tier: Text = ""
    pythons: Names = ()
    why: Text = ""
    facts: Facts = Facts()


class Repin(_Part, frozen=True, kw_only=True):
    """A project whose pins moved, and in which locks; the facts are of its newest release after."""

    project: Name
    before: Names = ()
    after: Names = ()
    locks: Names = ()
    facts: Facts = Facts()


class CellResult(_Part, frozen=True, kw_only=True):
    """What became of a cell; `failing` is the first test that failed.

    A `trial` is on a Python that the release does not claim: it keeps nothing from being ready.
    """

    version: Name
    python: Name
    tier: Name
    status: Literal["passed", "failed", "known-failure", "not-run", "unresolvable"]
    reason: Text = ""
    failing: Text = ""
    trial: bool = False

    @property
    def broken(self) -> bool:
        """Whether a promise is broken."""
        return self.status in ("failed", "unresolvable") and not self.trial


class Check(_Part, frozen=True, kw_only=True):
    """A command that ran on the result."""

    command: Text
    passed: bool
    told: Text = ""


class FirstBad(_Part, frozen=True, kw_only=True):
    """What the bisect answered about a red cell, or in `told` why it did not."""

    cell: Name
    release: Text = ""
    uploaded: Text = ""
    cause: Text = ""
    pins: Names = ()
    failing: Text = ""
    told: Text = ""


class UnitChange(_Part, frozen=True, kw_only=True):
    """One commit: what it changes of a suite or a lock, and what was seen of the result."""

    kind: Literal["suite", "lock"]
    name: Name
    title: Name
    commit: Commit
    samples: Annotated[Tuple[SampleChange, ...], Meta(max_length=500)] = ()
    repins: Annotated[Tuple[Repin, ...], Meta(max_length=2_000)] = ()
    cells: Annotated[Tuple[CellResult, ...], Meta(max_length=10_000)] = ()
    checks: Annotated[Tuple[Check, ...], Meta(max_length=20)] = ()
    first_bad: Annotated[Tuple[FirstBad, ...], Meta(max_length=20)] = ()
    problems: Annotated[Tuple[Text, ...], Meta(max_length=100)] = ()


class Advisory(_Part, frozen=True, kw_only=True):
    """A vulnerability of a pin: one that the proposal mends, brings, or leaves as it was."""

    effect: Literal["mends", "brings", "keeps"]
    project: Name
    version: Name
    identifier: Name
    aliases: Names = ()
    summary: Text = ""
    fixed_in: Names = ()
    dependents: Names = ()


class Withdrawn(_Part, frozen=True, kw_only=True):
    """A pin that the proposal holds and the index no longer offers, or offers as yanked."""

    project: Name
    version: Name
    why: Text
    dependents: Names = ()


class Held(_Part, frozen=True, kw_only=True):
    """What is amiss with pins of a suite or lock that no commit changes: nothing mends it yet."""

    unit: Name
    advisories: Annotated[Tuple[Advisory, ...], Meta(max_length=500)] = ()
    withdrawn: Annotated[Tuple[Withdrawn, ...], Meta(max_length=500)] = ()


class Published(_Part, frozen=True, kw_only=True):
    """Who published a pin, in the words of `Facts`."""

    project: Name
    version: Name
    attested: Literal["unasked", "none", "holds", "fails"] = "unasked"
    publisher: Text = ""
    own: bool = False


class Proposal(_Part, frozen=True, kw_only=True):
    """One change: commits from `base` to `head`, one a unit, and what is known of them.

    Raises `ValueError` unless the last unit's commit is `head`.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: GroupName
    base: Commit
    head: Commit
    units: Annotated[Tuple[UnitChange, ...], Meta(min_length=1, max_length=1_000)]
    advisories: Annotated[Tuple[Advisory, ...], Meta(max_length=500)] = ()
    withdrawn: Annotated[Tuple[Withdrawn, ...], Meta(max_length=500)] = ()
    published: Annotated[Tuple[Published, ...], Meta(max_length=20_000)] = ()
    notes: Annotated[Tuple[Text, ...], Meta(max_length=50)] = ()

    def __post_init__(self) -> None:
        if self.units[-1].commit != self.head:
            raise ValueError("the commit of the last unit is not `head`")

    def mends(self) -> bool:
        """Whether it mends an advisory."""
        return any(each.effect == "mends" for each in self.advisories)


class Problem(_Part, frozen=True, kw_only=True):
    """A unit that no proposal was made of, and why."""

    unit: Name
    told: Text


class FileDigest(_Part, frozen=True, kw_only=True):
    """A file of the folder, and its SHA-256."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}\.(json|md)$|^updates\.bundle$")]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Prepared(_Part, frozen=True, kw_only=True):
    """`prepared.json`: what lies in a folder, and what does not and why.

    `current` are the groups of which nothing can be changed; `held` says what is amiss with pins of
    them all the same. `published` is of every pin that a group holds, be it changed or not.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    base_branch: Name
    base: Commit
    proposals: Annotated[Tuple[GroupName, ...], Meta(max_length=5_000)] = ()
    current: Annotated[Tuple[GroupName, ...], Meta(max_length=5_000)] = ()
    failed: Annotated[Tuple[Problem, ...], Meta(max_length=5_000)] = ()
    left_out: Annotated[Tuple[Name, ...], Meta(max_length=5_000)] = ()
    held: Annotated[Tuple[Held, ...], Meta(max_length=5_000)] = ()
    published: Annotated[Tuple[Published, ...], Meta(max_length=20_000)] = ()
    files: Annotated[Tuple[FileDigest, ...], Meta(max_length=20_000)] = ()
