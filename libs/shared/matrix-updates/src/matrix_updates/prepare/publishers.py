"""Who published the pins that are held: as the index attests it, and whether that is the project's own."""

from __future__ import annotations

from typing import Iterable, Tuple

from matrix_updates.prepare.index_facts import Index
from matrix_updates.proposal.advisories import Pin
from matrix_updates.proposal.model import Facts, Published


def published(pins: Iterable[Pin], index: Index) -> Tuple[Published, ...]:
    """A line for each pin, sorted; of a pin that nobody looked at it says that."""
    found = []
    for project, version in sorted(set(pins)):
        try:
            facts = index.facts(project, version)
        except Exception:  # A fault of ours: it loses no proposal, which is there already.
            facts = Facts()
        found.append(
            Published(
                project=project,
                version=version,
                attested=facts.attested,
                publisher=facts.publisher,
                own=facts.own,
            )
        )
    return tuple(found)[:20_000]
