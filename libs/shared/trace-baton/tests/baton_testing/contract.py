"""What the contracts of all integrations have in common: each names its integration, installed for its tests."""

from types import ModuleType
from typing import Iterator

import pytest

import trace_baton

MANY = 100


class Contract:
    """A suite names the integration's module."""

    module: ModuleType

    @pytest.fixture(autouse=True)
    def _installed(self) -> Iterator[None]:
        trace_baton.install(self.integration)
        yield
        trace_baton.uninstall()

    @property
    def integration(self) -> str:
        """The name that `install` takes."""
        return self.module.__name__.rpartition(".")[2]
