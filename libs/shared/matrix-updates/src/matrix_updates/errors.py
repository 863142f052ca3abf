"""What can go wrong; every text names the culprit, and what mends it."""

from __future__ import annotations


class UpdatesError(Exception):
    """The command cannot do what it was asked for."""


class BadConfiguration(UpdatesError):
    """`[tool.matrix-updates]`, or what it refers to, cannot be used."""


class GitFailed(UpdatesError):
    """A git command that had to succeed did not."""


class PantsFailed(UpdatesError):
    """A Pants command that had to succeed did not."""


class UnreadableFolder(UpdatesError):
    """What `publish` was given is not, or not completely, what `prepare` wrote."""


class Refused(UpdatesError):
    """A proposal that holds something which no proposal may hold."""


class BranchMoved(UpdatesError):
    """Somebody pushed to a branch between the look at it and the push."""


class ForgeFailed(UpdatesError):
    """The forge's command line did not do what it was asked for."""


class RateLimited(ForgeFailed):
    """The forge takes no more requests for now."""
