"""Which advisories a change of pins mends, brings, or leaves as they were. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Tuple

from matrix_updates.proposal.model import Advisory

Pin = Tuple[str, str]


@dataclass(frozen=True, order=True)
class Vulnerability:
    """An advisory on a release: its identifiers, the releases that mend it, and what it says."""

    identifier: str
    aliases: Tuple[str, ...] = ()
    fixed_in: Tuple[str, ...] = ()
    summary: str = ""


def compared(
    before: Iterable[Pin],
    after: Iterable[Pin],
    known: Mapping[Pin, Tuple[Vulnerability, ...]],
    dependents: Mapping[str, Tuple[str, ...]],
) -> Tuple[Advisory, ...]:
    """What becomes of each advisory: those that are brought first, then mended, then kept.

    `dependents` maps a project to what reaches it.
    """
    old, new = _by_advisory(before, known), _by_advisory(after, known)
    found: List[Tuple[int, Advisory]] = []
    for key in sorted({*old, *new}):
        held = new.get(key) or old[key]
        effect = "brings" if key not in old else "keeps" if key in new else "mends"
        (project, _), (pin, vulnerability) = key, held
        advisory = Advisory(
            effect=effect,  # type: ignore[arg-type]
            project=project,
            version=pin[1],
            identifier=vulnerability.identifier,
            aliases=vulnerability.aliases,
            summary=vulnerability.summary,
            fixed_in=vulnerability.fixed_in,
            dependents=dependents.get(project, ()),
        )
        found.append((("brings", "mends", "keeps").index(effect), advisory))
    return tuple(advisory for _, advisory in sorted(found, key=lambda each: each[0]))


def fixable(pins: Iterable[Pin], known: Mapping[Pin, Tuple[Vulnerability, ...]]) -> Tuple[str, ...]:
    """The projects of pins with an advisory that some release mends."""
    return tuple(
        sorted({pin[0] for pin in pins if any(each.fixed_in for each in known.get(pin, ()))})
    )


def _by_advisory(
    pins: Iterable[Pin], known: Mapping[Pin, Tuple[Vulnerability, ...]]
) -> Dict[Tuple[str, str], Tuple[Pin, Vulnerability]]:
    return {
        (pin[0], vulnerability.identifier): (pin, vulnerability)
        for pin in sorted(pins)
        for vulnerability in known.get(pin, ())
    }
