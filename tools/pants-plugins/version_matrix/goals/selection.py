"""How suites are named on the command line, and what to say if none is."""

from __future__ import annotations

from typing import Sequence

from pants.base.specs import Specs
from pants.util.docutil import bin_name

from version_matrix.stanza.targets import MatrixTestsTarget

# More than so many addresses are no command that one would type.
_NAMED_AT_MOST = 5


def named(addresses: Sequence[str]) -> str:
    """What to type for these suites."""
    return " ".join(addresses) if len(addresses) <= _NAMED_AT_MOST else "::"


def nothing_selected(specs: Specs, goal: str) -> tuple[str, int]:
    """The message and the exit status: an argument that means nothing is an error."""
    if specs.includes.from_change_detection:
        return "No suite is reached by what changed: nothing to do.", 0
    if specs:
        return (
            f"No suite matches: expected the address of a `{MatrixTestsTarget.alias}` target, of a "
            f"cell or of a test file, or a folder with suites. `{bin_name()} matrix` lists them; "
            f"without an argument `{bin_name()} {goal}` takes all.",
            1,
        )
    return f"The repository has no `{MatrixTestsTarget.alias}` target.", 0
