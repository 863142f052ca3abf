"""Lets a tool's `url_template` name a file by its path in the build root: `buildroot:tools/program`.

Pants' own `file:` wants the whole path, and does not find it where a folder above the repository has
a space or a letter beyond ASCII in its name: what a URL must escape is not read back.
"""

from __future__ import annotations

import os
from typing import Iterable

from pants.engine.download_file import URLDownloadHandler
from pants.engine.fs import (
    Digest,
    FileEntry,
    GlobMatchErrorBehavior,
    PathGlobs,
    RemovePrefix,
)
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule

from engine_calls import calls

SCHEME = "buildroot"


class BuildRootDownloadHandler(URLDownloadHandler):
    match_scheme = SCHEME


class UnexpectedFile(Exception):
    """The file in the build root is not the one whose digest is configured."""


@rule
async def read_from_build_root(request: BuildRootDownloadHandler) -> Digest:
    path = request.url[len(f"{SCHEME}:") :]
    digest = await calls.files_of(
        PathGlobs(
            [path],
            glob_match_error_behavior=GlobMatchErrorBehavior.error,
            description_of_origin=f"the URL {request.url}",
        ),
    )
    for entry in await calls.entries_of(digest):
        if isinstance(entry, FileEntry) and entry.file_digest != request.expected_digest:
            raise UnexpectedFile(
                f"{path} has the sha256 {entry.file_digest.fingerprint} and "
                f"{entry.file_digest.serialized_bytes_length} bytes, and "
                f"{request.expected_digest.fingerprint} and "
                f"{request.expected_digest.serialized_bytes_length} are configured"
            )
    return await calls.without_prefix(RemovePrefix(digest, os.path.dirname(path)))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(URLDownloadHandler, BuildRootDownloadHandler),
    )
