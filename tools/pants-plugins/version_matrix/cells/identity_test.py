"""What a cell is told of itself: it is part of the key of its result, so that it must not change."""

from __future__ import annotations

import pytest
from pants.engine.addresses import Address

from version_matrix.cells.process import identity
from version_matrix.stanza.addresses import sample_name
from version_matrix.stanza.targets import MatrixCellTarget

ADDRESS = Address("lib", target_name="matrix", generated_name="1.0")
OWN = {"version": "1.0", "tier": "latest", "python": "3.12"}


@pytest.mark.parametrize(
    "fields, variables",
    [
        (
            {"package": "httpx"},
            {"MATRIX_PACKAGE": "httpx", "MATRIX_VERSION": "1.0", "MATRIX_PYTHON": "3.12"},
        ),
        # A library's own floors.
        ({}, {"MATRIX_VERSION": "1.0", "MATRIX_PYTHON": "3.12"}),
        (
            {"package": "pydantic", "axes": ["pydantic-core==2.0", "redis==5.0"]},
            {
                "MATRIX_PACKAGE": "pydantic",
                "MATRIX_VERSION": "1.0",
                "MATRIX_PYTHON": "3.12",
                "MATRIX_AXES": "pydantic-core,redis",
                "MATRIX_VERSION_PYDANTIC": "1.0",
                "MATRIX_VERSION_PYDANTIC_CORE": "2.0",
                "MATRIX_VERSION_REDIS": "5.0",
            },
        ),
    ],
)
def test_variables(fields: dict[str, object], variables: dict[str, str]) -> None:
    cell = MatrixCellTarget({**OWN, **fields}, ADDRESS)
    assert identity(cell, sample_name(cell)) == variables
