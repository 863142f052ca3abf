"""Files and digests."""

from __future__ import annotations

import os.path
import sys
from typing import Iterable, Mapping, Sequence

from pants.base.exceptions import IntrinsicError
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestSubset,
    Directory,
    FileContent,
    GlobMatchErrorBehavior,
    MergeDigests,
    PathGlobs,
    Paths,
    RemovePrefix,
    Snapshot,
    Workspace,
)
from pants.engine.target import (
    SourcesField,
    SourcesPaths,
    SourcesPathsRequest,
)

if sys.version_info >= (3, 11):
    from pants.core.util_rules.source_files import determine_source_files
    from pants.engine.internals.graph import resolve_source_paths
    from pants.engine.intrinsics import (
        add_prefix,
        create_digest,
        digest_to_snapshot,
        get_digest_contents,
        merge_digests,
        path_globs_to_paths,
    )
    from pants.engine.rules import implicitly

    async def source_paths(field: SourcesField) -> tuple[str, ...]:
        """The paths a sources field matches."""
        paths = await resolve_source_paths(SourcesPathsRequest(field), **implicitly())
        return paths.files

    async def sources_of(field: SourcesField) -> SourceFiles:
        """The files of a sources field."""
        return await determine_source_files(SourceFilesRequest([field]))

    async def merged(digests: Sequence[Digest]) -> Digest:
        """All files of all digests."""
        return await merge_digests(MergeDigests(digests))

    async def subset(digest: Digest, globs: Iterable[str]) -> Snapshot:
        """The files of a digest that match."""
        return await digest_to_snapshot(**implicitly(DigestSubset(digest, PathGlobs(globs))))

    async def _without_prefix(digest: Digest, prefix: str) -> Snapshot:
        return await digest_to_snapshot(**implicitly(RemovePrefix(digest, prefix)))

    async def with_prefix(digest: Digest, prefix: str) -> Digest:
        """The files of a digest, in a folder."""
        return await add_prefix(AddPrefix(digest, prefix))

    async def _paths(globs: PathGlobs) -> Paths:
        return await path_globs_to_paths(globs)

    async def _contents_of_globs(globs: PathGlobs) -> DigestContents:
        return await get_digest_contents(**implicitly(globs))

    async def _contents(digest: Digest) -> DigestContents:
        return await get_digest_contents(digest)

    async def _created(request: CreateDigest) -> Digest:
        return await create_digest(request)

else:
    from pants.engine.rules import Get

    async def source_paths(field: SourcesField) -> tuple[str, ...]:
        """The paths a sources field matches."""
        paths = await Get(SourcesPaths, SourcesPathsRequest(field))
        return paths.files

    async def sources_of(field: SourcesField) -> SourceFiles:
        """The files of a sources field."""
        return await Get(SourceFiles, SourceFilesRequest([field]))

    async def merged(digests: Sequence[Digest]) -> Digest:
        """All files of all digests."""
        return await Get(Digest, MergeDigests(digests))

    async def subset(digest: Digest, globs: Iterable[str]) -> Snapshot:
        """The files of a digest that match."""
        return await Get(Snapshot, DigestSubset(digest, PathGlobs(globs)))

    async def _without_prefix(digest: Digest, prefix: str) -> Snapshot:
        return await Get(Snapshot, RemovePrefix(digest, prefix))

    async def with_prefix(digest: Digest, prefix: str) -> Digest:
        """The files of a digest, in a folder."""
        return await Get(Digest, AddPrefix(digest, prefix))

    async def _paths(globs: PathGlobs) -> Paths:
        return await Get(Paths, PathGlobs, globs)

    async def _contents_of_globs(globs: PathGlobs) -> DigestContents:
        return await Get(DigestContents, PathGlobs, globs)

    async def _contents(digest: Digest) -> DigestContents:
        return await Get(DigestContents, Digest, digest)

    async def _created(request: CreateDigest) -> Digest:
        return await Get(Digest, CreateDigest, request)


async def file_names(globs: Iterable[str]) -> tuple[str, ...]:
    """The names, not the contents, of the files that match; none is no error."""
    paths = await _paths(PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return paths.files


async def read_files(globs: Iterable[str]) -> Mapping[str, bytes]:
    """Path -> content of the files that match; none is no error."""
    found = await _contents_of_globs(PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return {file.path: file.content for file in found}


async def contents(digest: Digest) -> Mapping[str, bytes]:
    """Path -> content of every file of a digest."""
    return {file.path: file.content for file in await _contents(digest)}


async def below(digest: Digest, folder: str) -> Snapshot:
    """The files of a digest below a folder, as if it were the root."""
    own = await subset(digest, [f"{folder}/**"])
    return await _without_prefix(own.digest, folder)


async def digest_of(files: Mapping[str, bytes], *, executable: Iterable[str] = ()) -> Digest:
    """A digest that holds these files."""
    runnable = set(executable)
    return await _created(
        CreateDigest(
            FileContent(path, content, is_executable=path in runnable)
            for path, content in sorted(files.items())
        )
    )


async def empty_directory(path: str) -> Digest:
    """A digest that holds one empty folder."""
    return await _created(CreateDigest([Directory(path)]))


async def disagreement(digests: Sequence[Digest]) -> str | None:
    """What several digests hold different contents for; None if they agree on every file."""
    try:
        await merged(digests)
    except IntrinsicError as error:
        return str(error)
    return None


def forget(workspace: Workspace, folder: str, names: Iterable[str]) -> None:
    """Tells a running Pants that a folder was replaced, which held or holds files of these names.

    A folder exchanged for another raises no event for the files below it, and writing a digest,
    which would tell the engine by itself, writes file by file. Of a folder that is new its parent
    has to be listed anew.
    """
    changed = {os.path.dirname(folder), folder, *(f"{folder}/{name}" for name in names)}
    workspace._scheduler.invalidate_files(changed)
