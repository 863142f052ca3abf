"""What the index says of one package."""

from __future__ import annotations

from collections.abc import Callable

from release_sampler import Snapshot
from release_sampler.index.client import open_index

#: Reads all releases of a package (a normalized name) from the index; may take minutes.
Fetch = Callable[[str], Snapshot]


def fetch_from_index(name: str) -> Snapshot:
    """Ask the indexes of pip's configuration, conditionally; raises `SamplerError`.

    Anew each time: configuration and credentials may have changed, and nothing stays in memory.
    """
    return open_index().fetch(name, None)
