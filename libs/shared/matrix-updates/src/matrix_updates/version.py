"""The version of this library, as its metadata has it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The installed version; where it runs from its sources, that."""
    try:
        return version("matrix-updates")
    except PackageNotFoundError:
        return "(from its sources)"
