"""The examples in docstrings say what really happens."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

import release_sampler
import release_sampler.basis.text
import release_sampler.basis.times


@pytest.mark.parametrize(
    "module", [release_sampler, release_sampler.basis.text, release_sampler.basis.times]
)
def test_docstrings(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert (results.failed, results.attempted > 0) == (0, True)
