"""Addresses as messages give them to people."""

from __future__ import annotations

from typing import Iterable

from pants.engine.addresses import Address
from pants.engine.target import Target

from version_matrix.stanza.cell_fields import CellAxesField, CellVersionField
from version_matrix.stanza.combination import axes_of, spelled
from version_matrix.stanza.samples_file import Sample


def from_root(address: str) -> str:
    """An address that is understood in any folder: Pants takes others relative to where one stands."""
    return address if address.startswith("//") else f"//{address}"


def stanza_address(generated: Target) -> Address:
    """The address of the stanza that made a cell or a test file, of its variant if it has some."""
    axes = generated[CellAxesField].value if generated.has_field(CellAxesField) else None
    return stanza_of_cell(generated.address, axes or ())


def stanza_of_cell(address: Address, axes: Iterable[str]) -> Address:
    """The same, from the address of a cell and the releases of its axes (`django==5.2.1`)."""
    own = {"python", *(axis.partition("==")[0] for axis in axes)}
    parameters = {name: value for name, value in address.parameters.items() if name not in own}
    return Address(address.spec_path, target_name=address.target_name, parameters=parameters)


def stanza_of_file(address: Address) -> Address:
    """The address of the stanza, or of its variant, that made a test file's target."""
    return Address(
        address.spec_path, target_name=address.target_name, parameters=address.parameters
    )


def sample_name(cell: Target) -> str:
    """What the sample of a cell is called: `0.28.1`, `3.16.0@django=5.2.1`."""
    axes = dict(axis.split("==") for axis in cell[CellAxesField].value or ())
    return spelled(cell[CellVersionField].value or "", axes)


def cell_address(stanza: Address, sample: Sample, python: str) -> Address:
    """`path:matrix#0.28.1@python=3.12`, and of a combination `path:matrix#3.16.0@django=5.2.1,python=3.13`.

    What stands before the `@` selects all. Pants bars the `!` of an epoch.
    """
    generated = stanza.create_generated(sample.name.partition("@")[0])
    axes = axes_of(sample.name)
    parameters = {**axes, "python": python} if python else axes
    return generated.parametrize(parameters) if parameters else generated
