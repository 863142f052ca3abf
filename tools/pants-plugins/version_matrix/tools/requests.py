"""What crosses the rules of the tools: uv, and how it is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from pants.engine.fs import Digest
from pants.util.frozendict import FrozenDict

# Where there is a remote cache, Pants begins a process beside the question whether it has the result,
# and takes what comes first. What takes seconds to run waits for the answer, and for what it holds.
CACHE_PATIENCE_MILLIS = 10_000


@dataclass(frozen=True)
class UvBinary:
    """uv, extracted from its hash-checked wheel: a digest that holds the file `uv`."""

    digest: Digest


@dataclass(frozen=True)
class UvSettings:
    """How uv reaches the index: the environment, and the script that reads pip's settings."""

    digest: Digest
    env: FrozenDict[str, str]


@dataclass(frozen=True)
class UvProcess:
    """A run of uv in a sandbox that holds `input_digest`.

    With `dated` only what can tell when a file was uploaded is asked for it; `configured` means that
    the settings in its sandbox count. Those of the machine never do.
    """

    argv: tuple[str, ...]
    input_digest: Digest
    description: str = field(compare=False)
    output_files: tuple[str, ...] = ()
    output_directories: tuple[str, ...] = ()
    polls_index: bool = False
    dated: bool = False
    configured: bool = False
    then: tuple[str, ...] = ()
