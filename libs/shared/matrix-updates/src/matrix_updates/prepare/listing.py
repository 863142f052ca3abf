"""The suites of a repository, as Pants lists them: also those that were never generated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Tuple

from matrix_updates.errors import PantsFailed
from matrix_updates.prepare.pants import Pants
from matrix_updates.text import one_line


@dataclass(frozen=True)
class ListedSuite:
    """A suite by its address; `upstream` is the unreleased source that it names, if it does."""

    address: str
    upstream: str = ""


def listed_suites(pants: Pants) -> Tuple[ListedSuite, ...]:
    """All suites; raises `PantsFailed`."""
    printed = pants.succeed("matrix", "--format=json", "::")
    try:
        return tuple(
            ListedSuite(str(each["address"]), str(each.get("upstream") or ""))
            for each in json.loads(printed[printed.index("[") :])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PantsFailed(
            f"`{pants.program} matrix --format=json ::` printed no list of suites: "
            f"{one_line(printed, 300)}"
        ) from None
