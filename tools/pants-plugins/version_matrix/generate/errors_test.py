from __future__ import annotations

import pytest

from version_matrix.generate.errors import unexpected


@pytest.mark.parametrize(
    "error, told",
    [
        (KeyError("samples"), "KeyError: 'samples'"),
        (ValueError(": Failed to get the targets"), "ValueError: Failed to get the targets"),
        (RuntimeError(""), "RuntimeError"),
        (ValueError("one\ntwo\n"), "ValueError: one\ntwo"),
    ],
)
def test_what_no_one_expects_is_told_with_its_type(error: Exception, told: str) -> None:
    assert unexpected(error) == told
