"""What the plugins that are not published ask of Pants' engine, twice.

Pants 2.17, on Python 3.9, knows `Get` alone; later ones, on 3.11 or later, call rules by name. So they
run under pants.toml and under pants.next.toml.
"""

from __future__ import annotations

import sys

from pants.backend.python.goals.export import MaybeExportResult, _ExportVenvForResolveRequest
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.addresses import Address
from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    DigestEntries,
    MergeDigests,
    PathGlobs,
    RemovePrefix,
)
from pants.engine.process import FallibleProcessResult, ProcessResult
from pants.engine.target import Target, WrappedTarget, WrappedTargetRequest

if sys.version_info >= (3, 11):
    from pants.backend.python.goals.export import export_virtualenv_for_resolve
    from pants.backend.python.util_rules.pex import create_venv_pex
    from pants.core.goals.package import build_package
    from pants.engine.internals.graph import resolve_target
    from pants.engine.intrinsics import (
        create_digest,
        execute_process,
        get_digest_contents,
        get_digest_entries,
        merge_digests,
        path_globs_to_digest,
        remove_prefix,
    )
    from pants.engine.process import fallible_to_exec_result_or_raise
    from pants.engine.rules import implicitly

    async def files_of(globs: PathGlobs) -> Digest:
        """The files that match."""
        return await path_globs_to_digest(globs)

    async def contents_of(globs: PathGlobs) -> DigestContents:
        """The files that match, with what they hold."""
        return await get_digest_contents(**implicitly(globs))

    async def entries_of(digest: Digest) -> DigestEntries:
        """The files of a digest, with their own digests."""
        return await get_digest_entries(digest)

    async def created(request: CreateDigest) -> Digest:
        """A digest that holds what is asked for."""
        return await create_digest(request)

    async def without_prefix(request: RemovePrefix) -> Digest:
        """The files below a folder, as if it were the root."""
        return await remove_prefix(request)

    async def merged(request: MergeDigests) -> Digest:
        """All files of several digests."""
        return await merge_digests(request)

    async def target_at(address: Address) -> Target:
        """The target of an address."""
        request = WrappedTargetRequest(address, "<infallible>")
        return (await resolve_target(request, **implicitly())).target

    async def packaged(field_set: PackageFieldSet) -> BuiltPackage:
        """What `package` makes of a target."""
        return await build_package(**implicitly({field_set: PackageFieldSet}))

    async def installed(request: PexRequest) -> VenvPex:
        """An installed tool."""
        return await create_venv_pex(**implicitly({request: PexRequest}))

    async def run_tool(process: VenvPexProcess) -> ProcessResult:
        """Runs an installed tool that must not fail."""
        return await fallible_to_exec_result_or_raise(**implicitly({process: VenvPexProcess}))

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await execute_process(**implicitly({process: VenvPexProcess}))

    async def exported(resolve: str) -> MaybeExportResult:
        """What `export` makes of a resolve."""
        asked = _ExportVenvForResolveRequest(resolve)
        return await export_virtualenv_for_resolve(asked, **implicitly())

else:
    from pants.engine.rules import Get

    async def files_of(globs: PathGlobs) -> Digest:
        """The files that match."""
        return await Get(Digest, PathGlobs, globs)

    async def contents_of(globs: PathGlobs) -> DigestContents:
        """The files that match, with what they hold."""
        return await Get(DigestContents, PathGlobs, globs)

    async def entries_of(digest: Digest) -> DigestEntries:
        """The files of a digest, with their own digests."""
        return await Get(DigestEntries, Digest, digest)

    async def created(request: CreateDigest) -> Digest:
        """A digest that holds what is asked for."""
        return await Get(Digest, CreateDigest, request)

    async def without_prefix(request: RemovePrefix) -> Digest:
        """The files below a folder, as if it were the root."""
        return await Get(Digest, RemovePrefix, request)

    async def merged(request: MergeDigests) -> Digest:
        """All files of several digests."""
        return await Get(Digest, MergeDigests, request)

    async def target_at(address: Address) -> Target:
        """The target of an address."""
        wrapped = await Get(WrappedTarget, WrappedTargetRequest(address, "<infallible>"))
        return wrapped.target

    async def packaged(field_set: PackageFieldSet) -> BuiltPackage:
        """What `package` makes of a target."""
        return await Get(BuiltPackage, PackageFieldSet, field_set)

    async def installed(request: PexRequest) -> VenvPex:
        """An installed tool."""
        return await Get(VenvPex, PexRequest, request)

    async def run_tool(process: VenvPexProcess) -> ProcessResult:
        """Runs an installed tool that must not fail."""
        return await Get(ProcessResult, VenvPexProcess, process)

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await Get(FallibleProcessResult, VenvPexProcess, process)

    async def exported(resolve: str) -> MaybeExportResult:
        """What `export` makes of a resolve."""
        asked = _ExportVenvForResolveRequest(resolve)
        return await Get(MaybeExportResult, _ExportVenvForResolveRequest, asked)
