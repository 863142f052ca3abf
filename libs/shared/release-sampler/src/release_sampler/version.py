"""The version, as the wheel has it that is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("release-sampler")
except PackageNotFoundError:
    # Run from its sources, as the plugin does.
    __version__ = "0+unknown"
