"""Programs of the system that a test cannot do without."""

from __future__ import annotations

from typing import NoReturn

import pytest


def missing(program: str) -> NoReturn:
    """Fails the test and says why; that it needs the program belongs into its field `programs`."""
    pytest.fail(f"no {program} here. To fix, run `tools/bootstrap/system-packages`.")
