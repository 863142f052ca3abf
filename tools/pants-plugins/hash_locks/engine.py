"""Everything the plugin asks of Pants' engine, as small named coroutines.

Twice, because Pants 2.17 knows `Get` alone and 2.32 knows no `Get`: 2.17 runs on Python 3.9, every
Pants that rules may call by name on 3.11 or later. No other module knows which Pants it is on.
"""

from __future__ import annotations

import sys
from typing import Iterable, Mapping, Sequence

from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    FileContent,
    GlobMatchErrorBehavior,
    PathGlobs,
)
from pants.engine.process import FallibleProcessResult, ProcessExecutionFailure
from pants.engine.unions import UnionMembership

from hash_locks.tool_installation import ToolInstallationError, pip_failure

if sys.version_info >= (3, 11):
    from pants.backend.python.util_rules.pex import create_venv_pex
    from pants.core.goals.resolves import ExportableTool
    from pants.engine.intrinsics import create_digest, execute_process, get_digest_contents
    from pants.engine.rules import implicitly

    try:
        from pants.core.util_rules.env_vars import (  # type: ignore[import-not-found,unused-ignore]
            environment_vars_subset,
        )
    except ImportError:  # Before 2.29.
        from pants.engine.internals.platform_rules import (  # type: ignore[attr-defined,unused-ignore]
            environment_vars_subset,
        )

    def tool_resolves(union_membership: UnionMembership) -> frozenset[str]:
        """What `generate-lockfiles --resolve` calls the tools of other backends."""
        return frozenset(tool.options_scope for tool in union_membership.get(ExportableTool))

    async def _globbed(globs: PathGlobs) -> DigestContents:
        return await get_digest_contents(**implicitly(globs))

    async def digest_of(files: Mapping[str, str]) -> Digest:
        """A digest that holds these files."""
        return await create_digest(_contents_of(files))

    async def contents(digest: Digest) -> Mapping[str, str]:
        """Path -> text of every file of a digest."""
        return _texts(await get_digest_contents(digest))

    async def environment(names: Sequence[str]) -> Mapping[str, str]:
        """The values of environment variables, in Pants' own environment, that are set."""
        values: EnvironmentVars = await environment_vars_subset(
            EnvironmentVarsRequest(names), **implicitly()
        )
        return values

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await execute_process(**implicitly({process: VenvPexProcess}))

    async def _installed(request: PexRequest) -> VenvPex:
        return await create_venv_pex(**implicitly({request: PexRequest}))

else:
    from pants.core.goals.generate_lockfiles import GenerateToolLockfileSentinel
    from pants.engine.rules import Get

    def tool_resolves(union_membership: UnionMembership) -> frozenset[str]:
        """What `generate-lockfiles --resolve` calls the tools of other backends."""
        tools = union_membership.get(GenerateToolLockfileSentinel)
        return frozenset(tool.resolve_name for tool in tools)

    async def _globbed(globs: PathGlobs) -> DigestContents:
        return await Get(DigestContents, PathGlobs, globs)

    async def digest_of(files: Mapping[str, str]) -> Digest:
        """A digest that holds these files."""
        return await Get(Digest, CreateDigest, _contents_of(files))

    async def contents(digest: Digest) -> Mapping[str, str]:
        """Path -> text of every file of a digest."""
        return _texts(await Get(DigestContents, Digest, digest))

    async def environment(names: Sequence[str]) -> Mapping[str, str]:
        """The values of environment variables, in Pants' own environment, that are set."""
        return await Get(EnvironmentVars, EnvironmentVarsRequest(names))

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await Get(FallibleProcessResult, VenvPexProcess, process)

    async def _installed(request: PexRequest) -> VenvPex:
        return await Get(VenvPex, PexRequest, request)


async def read_files(globs: Iterable[str]) -> Mapping[str, str]:
    """Path -> text of the files that match, sorted by path; none is no error."""
    found = await _globbed(PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return {file.path: file.content.decode(errors="replace") for file in found}


async def installed(request: PexRequest) -> VenvPex:
    """Installs a tool; raises ToolInstallationError if it cannot be had."""
    try:
        return await _installed(request)
    except ProcessExecutionFailure as failure:
        told = pip_failure(failure.stderr.decode(errors="replace"))
        if told is None:
            raise
        raise ToolInstallationError(
            f"{request.output_filename} cannot be installed.\n  {told}"
        ) from None


def _contents_of(files: Mapping[str, str]) -> CreateDigest:
    return CreateDigest(FileContent(path, text.encode()) for path, text in files.items())


def _texts(files: DigestContents) -> Mapping[str, str]:
    return {file.path: file.content.decode() for file in files}
