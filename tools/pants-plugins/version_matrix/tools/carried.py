"""Libraries that the plugin carries with it instead of importing them."""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from pants.util.frozendict import FrozenDict


@lru_cache(maxsize=None)
def carried_sources(package: str, wheel: str) -> FrozenDict[str, bytes]:
    """A package as it lies beside this plugin: path -> content of its modules and data.

    It runs in a process of its own, because it needs packages that would clash with those of
    Pants. Raises `ImportError`, which names the wheel that is missing.
    """
    folder = _folder(package, wheel)
    return FrozenDict(
        {
            f"{package}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }
    )


@lru_cache(maxsize=None)
def carried_module(package: str, name: str, wheel: str) -> ModuleType:
    """A package within one of those, that needs the standard library alone and imports relatively.

    It is loaded by itself: what is around it cannot be imported here. Raises as `carried_sources`.
    """
    folder = _folder(package, wheel) / name
    known_as = f"version_matrix_carried_{package}_{name}"
    spec = importlib.util.spec_from_file_location(
        known_as, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known_as] = module
    spec.loader.exec_module(module)
    return module


def _folder(package: str, wheel: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(
            f"{package} is not installed beside version_matrix: install the wheel `{wheel}`, or "
            "add its sources to [GLOBAL].pythonpath"
        )
    return Path(spec.origin).parent


def sampler_sources() -> FrozenDict[str, bytes]:
    """release-sampler as it lies beside this plugin: path -> content."""
    return carried_sources("release_sampler", wheel="release-sampler")


def sampler_file(name: str) -> bytes:
    """One module of release-sampler."""
    return sampler_sources()[f"release_sampler/{name}"]
