"""Why a tool could not be installed, of all that pex and pip print on the way."""

from __future__ import annotations

import re

_PIP = "pip: "
_BROKEN = "connection broken by '"
_OBJECT = re.compile(r"<[\w.]+ object at 0x\w+>: ")


class ToolInstallationError(Exception):
    """Nothing was done; the text names the tool and says why it cannot be had."""


def pip_failure(stderr: str) -> str | None:
    """What pip, as pex passes it on, ends with; before it, what kept it from the index.

    Returns None if it was not pip that failed.
    """
    lines = [line[len(_PIP) :].rstrip() for line in stderr.splitlines() if line.startswith(_PIP)]
    errors = [at for at, line in enumerate(lines) if line.startswith("ERROR: ")]
    if not errors:
        return None
    broken = {_OBJECT.sub("", why) for why in map(_why_broken, lines) if why}
    told = [line.replace("ERROR: ", "", 1) for line in lines[errors[0] :] if line]
    return "\n  ".join([*(f"The index cannot be reached: {why}" for why in sorted(broken)), *told])


def _why_broken(line: str) -> str:
    """What stands between the quotes of a line on a broken connection; it has quotes of its own."""
    return line.partition(_BROKEN)[2].rpartition("': ")[0]
