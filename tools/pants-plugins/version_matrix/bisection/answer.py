"""A finding in words, for a person and as JSON. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Mapping

from version_matrix.bisection.course import Finding, Turn
from version_matrix.bisection.differences import Delta
from version_matrix.bisection.ladder import uploaded
from version_matrix.stanza.combination import release_of


@dataclass(frozen=True)
class Answer:
    """What is told of a finding. As JSON these are its keys, which `matrix-updates` reads."""

    release: str
    uploaded: str
    cause: str
    failing_test: str
    pins: tuple[str, ...]


def answer(
    finding: Finding, *, package: str | None, sample: str, snapshots: Mapping[str, str]
) -> Answer:
    """The answer about a finding.

    Args:
        package: the suite's package, normalized; None for a library's own requirements.
        sample: the release of the cell, or what stands for one.
        snapshots: that of each member.
    """
    turn = _turn_of(finding, package)
    release = sample if turn is None else turn.bad
    blame = finding.blame
    turns = {turn.member: turn for turn in finding.turns}
    members = {name for name, _ in finding.good.releases}
    alone = tuple(delta for delta in blame.guilty if delta.project not in members)
    return Answer(
        release=release if turn is None or turn.member == package else f"{turn.member} {release}",
        uploaded=uploaded(
            snapshots.get(turn.member if turn else package or "", ""), release_of(release)
        ),
        cause=_cause(finding, alone, turns, package),
        failing_test=finding.bad.failing_test,
        pins=tuple(map(str, (*alone, *(d for d in blame.comes_along if d.project not in members)))),
    )


def _turn_of(finding: Finding, package: str | None) -> Turn | None:
    """The turn that is told as the first bad release: that of the package, if it has any."""
    own = (turn for turn in finding.turns if turn.member == package)
    return next(own, next(iter(finding.turns), None))


def as_json(told: Answer) -> str:
    """The answer as JSON."""
    return json.dumps({**vars(told), "pins": list(told.pins)}, indent=2)


def as_text(told: Answer, finding: Finding, *, cell: str) -> str:
    """The answer for a terminal."""
    lines = [f"{cell}"]
    for turn in finding.turns:
        lines.append(f"  {turn.member} {turn.good} passes, {turn.member} {turn.bad} fails")
        if turn.between:
            lines.append(f"    between them nothing can be locked of {', '.join(turn.between)}")
    when = f", uploaded {told.uploaded}" if told.uploaded else ""
    if finding.turns:
        lines.append(f"  first bad release: {told.release}{when}")
    lines.append(f"  cause: {told.cause}")
    lines += [f"  pin: {pin}" for pin in told.pins]
    lines += [f"  new: {pin}" for pin in finding.arrived]
    if told.failing_test:
        lines.append(f"  failing test: {told.failing_test}")
    return "\n".join(lines)


def _cause(
    finding: Finding, alone: tuple[Delta, ...], turns: Mapping[str, Turn], package: str | None
) -> str:
    blame = finding.blame
    releases = [f"{delta.project} {delta.bad}" for delta in blame.guilty if delta not in alone]
    pins = [f"{delta.project} {delta.bad}" for delta in alone]
    if not blame.guilty:
        arrived = ", ".join(finding.arrived)
        return f"what came with it: {arrived}" if arrived else "no pin: nothing differs"
    if len(releases) == 1 and not pins:
        told = f"{releases[0]} itself"
    elif releases:
        told = " together with ".join((*releases, *pins))
    else:
        which = "its pin" if len(pins) == 1 else "its pins"
        told = f"{which} {' together with '.join(pins)}"
        others = (name for name, _ in finding.good.releases if name != package)
        told += f", and not {' or '.join((package, *others))} itself" if package else ""
    along = ", ".join(f"{delta.project} {delta.bad}" for delta in blame.comes_along)
    between = ", ".join(version for turn in turns.values() for version in turn.between)
    told += f", which needs {along}" if along else ""
    return f"{told}, if it is not one of {between}, which cannot be locked" if between else told
