"""What the index says of one package."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from release_sampler import SamplerError, Snapshot, spokesman
from release_sampler.index.client import open_index

#: Whether it is of interest which Pythons a version claims to support.
Wanted = Callable[[str], bool]
#: Reads all releases of a package (a normalized name) from the index; may take minutes.
Fetch = Callable[[str, Wanted], Snapshot]


def fetch_from_index(name: str, wanted: Wanted) -> Snapshot:
    """Ask the indexes of pip's configuration, conditionally; raises `SamplerError`.

    Anew each time: configuration and credentials may have changed, and nothing stays in memory.
    Of the release that speaks for the package, if wanted, with the Pythons that it claims, unless it is
    just these that cannot be read.
    """
    index = open_index()
    snapshot = index.fetch(name, None)
    release = spokesman(snapshot)
    if release is None or not wanted(release.version):
        return snapshot
    with suppress(SamplerError):
        return index.classify(snapshot, [release.version])
    return snapshot
