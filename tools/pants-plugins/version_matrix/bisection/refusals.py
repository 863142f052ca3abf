"""Why nothing is found, and the exit codes that say so."""

from __future__ import annotations

UNUSABLE, PASSES, NOTHING_PASSES, FLAKY = 1, 2, 3, 4


class Refused(Exception):
    """There is nothing to be found: the text says why, the code is that of the goal."""

    def __init__(self, exit_code: int, told: str) -> None:
        super().__init__(told)
        self.exit_code = exit_code
