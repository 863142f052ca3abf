"""What to say if the command line selects no suite."""

from __future__ import annotations

from pants.base.specs import Specs
from pants.util.docutil import bin_name

from version_matrix.stanza.targets import MatrixTestsTarget


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
