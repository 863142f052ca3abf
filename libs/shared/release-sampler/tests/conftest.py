from __future__ import annotations

from collections.abc import Iterator

import pytest

from sampler_index import FakeIndex, serve


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    """An index on loopback, empty at first."""
    with serve() as running:
        yield running
