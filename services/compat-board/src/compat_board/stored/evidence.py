"""What counts as evidence that a release does not work."""

from __future__ import annotations

from matrix_results import Status

BAD = (Status.FAILED, Status.UNRESOLVABLE, Status.KNOWN_FAILURE)
"""Evidence, or a decision, that a release does not work."""
