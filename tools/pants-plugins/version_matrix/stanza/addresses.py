"""Addresses as messages give them to people."""

from __future__ import annotations

from pants.engine.addresses import Address

from version_matrix.stanza.combination import axes_of
from version_matrix.stanza.samples_file import Sample


def from_root(address: str) -> str:
    """An address that is understood in any folder: Pants takes others relative to where one stands."""
    return address if address.startswith("//") else f"//{address}"


def cell_address(stanza: Address, sample: Sample, python: str) -> Address:
    """`path:matrix#0.28.1@python=3.12`, and of a combination `path:matrix#3.16.0@django=5.2.1,python=3.13`.

    What stands before the `@` selects all. Pants bars the `!` of an epoch.
    """
    generated = stanza.create_generated(sample.name.partition("@")[0])
    axes = axes_of(sample.name)
    parameters = {**axes, "python": python} if python else axes
    return generated.parametrize(parameters) if parameters else generated
