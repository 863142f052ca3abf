from __future__ import annotations

import pytest

from version_matrix.stanza.addresses import from_root


@pytest.mark.parametrize(
    "address, expected", [("lib:matrix", "//lib:matrix"), ("//:matrix", "//:matrix")]
)
def test_an_address_that_is_understood_in_any_folder(address: str, expected: str) -> None:
    assert from_root(address) == expected
