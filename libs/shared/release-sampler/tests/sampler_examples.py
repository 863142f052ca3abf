"""How many examples a property is tried with."""

from __future__ import annotations

import os

from hypothesis import settings

# The matrix names the Python of a cell, and nobody else does.
_IN_A_CELL = "MATRIX_PYTHON" in os.environ


def examples(count: int) -> settings:
    """So many natively; a tenth in a cell, which asks whether the algorithm runs on what is below it."""
    return settings(max_examples=max(count // 10, 5) if _IN_A_CELL else count)
