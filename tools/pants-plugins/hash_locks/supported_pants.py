"""Which Pants the plugin runs on; any other is refused before a module of it looks for what is not there."""

from __future__ import annotations

import logging
import sys

from packaging.version import Version
from pants.version import VERSION

_SUPPORTED = "2.17 and 2.27 or later"


def refusal(plugin: str, pants: str) -> str | None:
    """Why the plugin does not run on this version of Pants; None if it does."""
    release = Version(pants).release
    if release[:2] == (2, 17) or release >= (2, 27):
        return None
    return f"{plugin} runs on Pants {_SUPPORTED}, not on {pants}: see [GLOBAL].pants_version."


def require_supported(plugin: str) -> None:
    """Ends Pants with one line if it is none that the plugin runs on."""
    told = refusal(plugin, VERSION)
    if told:
        # An exception would be shown with its traceback, and an exit alone is silent under pantsd.
        logging.getLogger(__name__).error(told)
        sys.exit(1)
