"""Programs of the system that a test cannot do without."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(program: str) -> NoReturn:
    """Skips the test and says why; in CI, where everything must be there, fails it."""
    told = f"no {program} here. To fix, run `tools/bootstrap/system-packages`."
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)
