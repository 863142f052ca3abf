"""Libraries that the plugin carries into tool processes instead of importing them."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from pants.util.frozendict import FrozenDict


@lru_cache(maxsize=None)
def carried_sources(package: str, wheel: str) -> FrozenDict[str, bytes]:
    """A package as it lies beside this plugin: path -> content of its modules and data.

    It runs in a process of its own, because it needs packages that would clash with those of
    Pants. Raises `ImportError`, which names the wheel that is missing.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(
            f"{package} is not installed beside version_matrix: install the wheel `{wheel}`, or "
            "add its sources to [GLOBAL].pythonpath"
        )
    folder = Path(spec.origin).parent
    return FrozenDict(
        {
            f"{package}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }
    )


def sampler_sources() -> FrozenDict[str, bytes]:
    """release-sampler as it lies beside this plugin: path -> content."""
    return carried_sources("release_sampler", wheel="release-sampler")


def sampler_file(name: str) -> bytes:
    """One module of release-sampler."""
    return sampler_sources()[f"release_sampler/{name}"]
