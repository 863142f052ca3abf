"""The exit codes of every command; argparse itself exits with 2 for an unknown option."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1  # Nothing was written, pushed or run.
PARTLY: Final = 3  # Something is named that failed or was refused; the rest is done.
RED: Final = 4  # `canary` alone: it ran, and something does not work today.
