"""Everything the plugin asks of Pants' engine, as small named coroutines."""

from __future__ import annotations

from typing import Sequence

from pants.engine.addresses import Addresses
from pants.engine.rules import Get, MultiGet
from pants.engine.target import (
    AllTargets,
    AllUnexpandedTargets,
    Dependencies,
    DependenciesRequest,
    Target,
)


async def stanzas() -> tuple[Target, ...]:
    """All targets of the repository as their BUILD files declare them."""
    return tuple(await Get(AllUnexpandedTargets))


async def targets() -> tuple[Target, ...]:
    """All targets of the repository, generated ones instead of their generators."""
    return tuple(await Get(AllTargets))


async def dependencies(of: Sequence[Target]) -> tuple[tuple[Target, Addresses], ...]:
    """Each target with the addresses that it depends on directly."""
    found = await MultiGet(
        Get(Addresses, DependenciesRequest(target.get(Dependencies))) for target in of
    )
    return tuple(zip(of, found))
