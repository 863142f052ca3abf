"""`[dependency-policy]`: where what is said."""

from __future__ import annotations

from typing import Iterable

from pants.option.option_types import SkipOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import softwrap

from dependency_policy.policy import Policy


class DependencyPolicy(Subsystem):
    options_scope = "dependency-policy"
    name = "dependency-policy"
    help = "Holds external requirements to one place and one form."

    skip = SkipOption("lint")

    home = StrOption(
        default="3rdparty/python",
        help=softwrap("""
            The folder whose `*.in` files are the one place where requirements are said, each with its
            reason.
            """),
    )
    published = StrOption(
        default="libs/shared",
        help=softwrap("""
            The folder whose libraries are published, and so may require no fork: an index refuses
            wheels that do.
            """),
    )

    def policy(self, locks: Iterable[str]) -> Policy:
        """`locks`: the paths of `[python].resolves`."""
        return Policy(self.home.rstrip("/"), self.published.rstrip("/"), frozenset(locks))
