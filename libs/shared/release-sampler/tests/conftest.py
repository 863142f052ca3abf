from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sampler_index import FakeIndex, serve

# A busy machine is no finding.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    """An index on loopback, empty at first."""
    with serve() as running:
        yield running
