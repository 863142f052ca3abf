"""What can be wrong with what this library is given."""

from __future__ import annotations


class ResultsError(ValueError):
    """Something given cannot be used; the text names it, says why, and what mends it."""


class UnreadableReport(ResultsError):
    """A report, or a matrix, that is not JSON of the published schema."""


class UnreadableResults(ResultsError):
    """A JUnit file that is torn, hostile, too large, or no JUnit file."""
