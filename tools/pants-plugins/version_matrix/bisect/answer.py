"""A finding in words, for a person and as JSON. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from version_matrix.bisect.course import Finding, Turn
from version_matrix.bisect.differences import Delta
from version_matrix.bisect.ladder import uploaded


@dataclass(frozen=True)
class Answer:
    """What is told of a finding. As JSON these are its keys, which `matrix-updates` reads."""

    release: str
    uploaded: str
    cause: str
    failing_test: str
    pins: tuple[str, ...]


def answer(finding: Finding, *, package: str | None, sample: str, snapshot: str) -> Answer:
    """The answer about a finding.

    Args:
        package: the suite's package, normalized; None for a library's own requirements.
        sample: the release of the cell, or what stands for one.
        snapshot: that of the package.
    """
    release = _release_of(finding, package, sample)
    blame = finding.blame
    turns = {turn.member: turn for turn in finding.turns}
    members = {name for name, _ in finding.good.releases}
    alone = tuple(delta for delta in blame.guilty if delta.project not in members)
    return Answer(
        release=release,
        uploaded=uploaded(snapshot, release),
        cause=_cause(finding, alone, turns, package),
        failing_test=finding.bad.failing_test,
        pins=tuple(map(str, (*alone, *(d for d in blame.comes_along if d.project not in members)))),
    )


def _release_of(finding: Finding, package: str | None, sample: str) -> str:
    """The first bad release: of the package alone its version, of an axis with its name."""
    if not finding.turns:
        return sample
    turn = next((turn for turn in finding.turns if turn.member == package), finding.turns[0])
    return turn.bad if turn.member == package else f"{turn.member} {turn.bad}"


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
    finding: Finding, alone: tuple[Delta, ...], turns: dict[str, Turn], package: str | None
) -> str:
    blame = finding.blame
    releases = [_release(turns.get(d.project), d) for d in blame.guilty if d not in alone]
    pins = [f"{delta.project} {delta.bad}" for delta in alone]
    along = ", ".join(f"{delta.project} {delta.bad}" for delta in blame.comes_along)
    if not blame.guilty:
        arrived = ", ".join(finding.arrived)
        return f"what came with it: {arrived}" if arrived else "no pin: nothing differs"
    if releases and pins:
        told = f"{', '.join(releases)} together with {', '.join(pins)}"
    elif len(releases) > 1:
        told = f"{' together with '.join(releases)}"
    elif releases:
        told = f"{releases[0]} itself"
    else:
        which = "its pin" if len(pins) == 1 else "its pins"
        told = f"{which} {' together with '.join(pins)}"
        told += f", and not {package} itself" if package else ""
    return f"{told}, which needs {along}" if along else told


def _release(turn: Turn | None, delta: Delta) -> str:
    if turn is None or not turn.between:
        return f"{delta.project} {delta.bad}"
    return f"{delta.project} {turn.bad} or one of {', '.join(turn.between)}"
