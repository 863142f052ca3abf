"""What is amiss with pins that stay: of these no commit can be made, and they are told all the same."""

from __future__ import annotations

from typing import Dict, Iterable, Mapping, Optional, Tuple

from matrix_updates.prepare import requirers
from matrix_updates.prepare.advisories import Advisories
from matrix_updates.prepare.index_facts import Index
from matrix_updates.prepare.pants import Pants
from matrix_updates.proposal import advisories as compare
from matrix_updates.proposal.advisories import Pin
from matrix_updates.proposal.model import Held, Withdrawn
from matrix_updates.units import Unit


def withdrawn_of(pins: Iterable[Pin], index: Index) -> Mapping[Pin, str]:
    """Pin -> why it should be held no longer: it is yanked, gone or in quarantine."""
    return {pin: why for pin in sorted(set(pins)) for why in [index.withdrawn(*pin)] if why}


def withdrawn_pins(
    found: Mapping[Pin, str], dependents: Mapping[str, Tuple[str, ...]]
) -> Tuple[Withdrawn, ...]:
    """The same as a document has it, with what reaches each."""
    return tuple(
        Withdrawn(project=project, version=version, why=why, dependents=dependents.get(project, ()))
        for (project, version), why in sorted(found.items())
    )[:500]


def held(
    unit: Unit, pins: Tuple[Pin, ...], index: Index, advisories: Advisories, pants: Pants
) -> Optional[Held]:
    """What is amiss with the pins of a unit that nothing changes; None if nothing is."""
    known, withdrawn = advisories.of(pins), withdrawn_of(pins, index)
    if not known and not withdrawn:
        return None
    named = sorted({project for project, _ in (*known, *withdrawn)})
    dependents: Dict[str, Tuple[str, ...]] = {project: (unit.name,) for project in named}
    if not unit.is_suite:
        dependents = {**dependents, **requirers.of(pants, named, dependents)}
    return Held(
        unit=unit.name,
        advisories=compare.compared(pins, pins, known, dependents)[:500],
        withdrawn=withdrawn_pins(withdrawn, dependents),
    )
