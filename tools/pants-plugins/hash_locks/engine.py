"""Everything the plugin asks of Pants' engine, as small named coroutines.

No other module of the plugin awaits `Get` or `MultiGet`, so that moving to a Pants that has
neither (2.32 and later) means rewriting this module and no other.
"""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    FileContent,
    GlobMatchErrorBehavior,
    PathGlobs,
)
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get


async def read_files(globs: Iterable[str]) -> Mapping[str, str]:
    """Path -> text of the files that match, sorted by path; none is no error."""
    contents = await Get(DigestContents, PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return {file.path: file.content.decode(errors="replace") for file in contents}


async def digest_of(files: Mapping[str, str]) -> Digest:
    """A digest that holds these files."""
    return await Get(
        Digest,
        CreateDigest(FileContent(path, text.encode()) for path, text in files.items()),
    )


async def contents(digest: Digest) -> Mapping[str, str]:
    """Path -> text of every file of a digest."""
    files = await Get(DigestContents, Digest, digest)
    return {file.path: file.content.decode() for file in files}


async def environment(names: Sequence[str]) -> Mapping[str, str]:
    """The values of environment variables, in Pants' own environment, that are set."""
    return await Get(EnvironmentVars, EnvironmentVarsRequest(names))


async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
    """Runs an installed tool that may fail."""
    return await Get(FallibleProcessResult, VenvPexProcess, process)
