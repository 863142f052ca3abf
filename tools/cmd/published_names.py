"""Asks the index which of the names that we publish under are ours, free or taken.

./pants run tools/cmd/published_names.py

A name that nobody claimed is anybody's, and whoever installs it gets theirs. So the names stand here,
each once; tests/configuration holds READMEs and the metadata of wheels to them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from release_sampler import NoReleases, SamplerError
from release_sampler.index.client import open_index

#: Name -> the versions that we uploaded, which is what makes a name ours; none before the first.
PUBLISHED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "matrix-results": (),
        "matrix-updates": (),
        "pants-dependency-policy": (),
        "pants-hash-locks": (),
        "pants-import-rules": (),
        "pants-version-matrix": (),
        "release-sampler": (),
        "trace-baton": (),
    }
)

# The versions of a name that the index offers, or None where nobody has the name.
Offered = Callable[[str], tuple[str, ...] | None]


def verdict(uploaded: tuple[str, ...], offered: tuple[str, ...] | None) -> str:
    """What a name is, given the versions that we uploaded and those that the index offers."""
    if offered is None:
        return f"free, although we uploaded {', '.join(uploaded)}" if uploaded else "free"
    if not uploaded:
        return f"taken ({', '.join(offered[-1:]) or 'no release'})"
    if missing := sorted(set(uploaded) - set(offered)):
        return f"taken, or robbed of {', '.join(missing)}"
    if foreign := sorted(set(offered) - set(uploaded)):
        return f"ours, with {', '.join(foreign)} that is not recorded here"
    return "ours"


def ask_index(name: str) -> tuple[str, ...] | None:
    """Raises `SamplerError` if the index that pip is configured with cannot be asked."""
    try:
        return tuple(release.version for release in open_index().fetch(name, None).releases)
    except NoReleases as error:
        # A name that was registered and has nothing is no less taken.
        return None if "no such package" in str(error) else ()


def main(arguments: list[str] | None = None, offered: Offered = ask_index) -> int:
    """Returns 0 if every name is free or ours, 1 if one is not, 2 if the index cannot be asked."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args(arguments)
    try:
        with ThreadPoolExecutor() as pool:
            answers = tuple(pool.map(offered, PUBLISHED))
    except SamplerError as error:
        print(error, file=sys.stderr)
        return 2
    verdicts = {
        name: verdict(uploaded, answer)
        for (name, uploaded), answer in zip(PUBLISHED.items(), answers, strict=True)
    }
    for name, said in verdicts.items():
        print(f"{name:<24} {said}")
    return 0 if set(verdicts.values()) <= {"free", "ours"} else 1


if __name__ == "__main__":
    sys.exit(main())
