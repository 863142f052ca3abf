"""What callers need to catch."""

from __future__ import annotations


class SamplerError(Exception):
    """Bad input, or an index that cannot be read: one line that names the culprit and what to do."""

    #: Seconds after which the index wants to be asked again, where it said so.
    retry_after: float | None = None


class NoReleases(SamplerError):
    """The indexes answer that there is no such package, or no release of it: nothing failed."""
