"""What the plugin asks of Pants' engine, twice: Pants 2.17 knows `Get` alone and 2.32 knows no `Get`.

2.17 runs on Python 3.9, every Pants that rules may call by name on 3.11 or later.
"""

from __future__ import annotations

import sys
from typing import Sequence

from pants.engine.addresses import Addresses
from pants.engine.target import Dependencies, DependenciesRequest, Target

if sys.version_info >= (3, 11):
    from pants.engine.internals.graph import resolve_dependencies
    from pants.engine.rules import concurrently, implicitly

    async def dependencies(of: Sequence[Target]) -> tuple[tuple[Target, Addresses], ...]:
        """Each target with the addresses that it depends on directly."""
        found = await concurrently(
            resolve_dependencies(DependenciesRequest(target.get(Dependencies)), **implicitly())
            for target in of
        )
        return tuple(zip(of, found))

else:
    from pants.engine.rules import Get, MultiGet

    async def dependencies(of: Sequence[Target]) -> tuple[tuple[Target, Addresses], ...]:
        """Each target with the addresses that it depends on directly."""
        found = await MultiGet(
            Get(Addresses, DependenciesRequest(target.get(Dependencies))) for target in of
        )
        return tuple(zip(of, found))
