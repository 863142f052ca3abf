"""One cause told once: equal failures of many cells as one, with what those cells have in common.

It needs the standard library alone, and imports relatively, so that it can be loaded beside packages
that the rest of `matrix_results` would clash with: as inside Pants.
"""

from .cell_address import cell_address
from .extent import Extent, extent
from .grouping import (
    NO_RESULT,
    NOT_STARTED,
    FailedTest,
    Finding,
    Group,
    SeenCell,
    SeenSuite,
    findings,
)
from .junit_text import failed_tests
from .natural_order import natural
from .symptom import Shown, Symptom, set_aside, shown
from .table import brief, headline, markdown, table, worth_whole

__all__ = [
    "NOT_STARTED",
    "NO_RESULT",
    "Extent",
    "FailedTest",
    "Finding",
    "Group",
    "SeenCell",
    "SeenSuite",
    "Shown",
    "Symptom",
    "brief",
    "cell_address",
    "extent",
    "failed_tests",
    "findings",
    "headline",
    "markdown",
    "natural",
    "set_aside",
    "shown",
    "table",
    "worth_whole",
]
