"""Everything the plugin asks of Pants' engine, as small named coroutines.

Twice, because Pants 2.17 knows `Get` alone and 2.32 knows no `Get`: 2.17 runs on Python 3.9, every
Pants that rules may call by name on 3.11 or later.
"""

from __future__ import annotations

import sys
from typing import Iterable

from pants.engine.addresses import Addresses
from pants.engine.fs import GlobMatchErrorBehavior, PathGlobs, Paths
from pants.engine.target import Dependencies, DependenciesRequest

if sys.version_info >= (3, 11):
    from pants.engine.internals.graph import resolve_dependencies
    from pants.engine.intrinsics import path_globs_to_paths
    from pants.engine.rules import implicitly

    async def dependencies_of(field: Dependencies) -> Addresses:
        """What a target depends on directly."""
        return await resolve_dependencies(DependenciesRequest(field), **implicitly())

    async def paths(globs: Iterable[str]) -> Paths:
        """The files and folders that match; none is no error."""
        return await path_globs_to_paths(PathGlobs(globs, GlobMatchErrorBehavior.ignore))

else:
    from pants.engine.rules import Get

    async def dependencies_of(field: Dependencies) -> Addresses:
        """What a target depends on directly."""
        return await Get(Addresses, DependenciesRequest(field))

    async def paths(globs: Iterable[str]) -> Paths:
        """The files and folders that match; none is no error."""
        return await Get(Paths, PathGlobs(globs, GlobMatchErrorBehavior.ignore))
