"""Which requests were merged, and as which commits: for a board that shows runs of those."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Iterable, Literal, Tuple

import msgspec
from msgspec import Meta

from matrix_updates.proposal.documents import decode_written, encode, write_whole
from matrix_updates.proposal.model import Commit, Name, Text, Time
from matrix_updates.publish.decisions import Request
from matrix_updates.text import one_line, safe_url

SCHEMA_VERSION: Final = 1


class MergedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that was merged; `commit` is what the base branch has of it."""

    url: Name
    title: Text
    commit: Commit
    merged_at: Time

    def __post_init__(self) -> None:
        if safe_url(self.url) is None:
            raise ValueError("`url` is no http(s) address that a page may link to")
        if not self.title.isprintable():
            raise ValueError("`title` is no line of printable text")


class MergedRequests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Those that the forge has of this program, the latest first; `kind` tells it from a run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["merged-requests"] = "merged-requests"
    requests: Annotated[Tuple[MergedRequest, ...], Meta(max_length=1_000)]

    def write(self, path: Path) -> None:
        """Writes the JSON whole or not at all; raises `OSError`."""
        write_whole(path, encode(self))


def merged_of(requests: Iterable[Request]) -> MergedRequests:
    """Those that are merged, where the forge tells as what and when."""
    found = [
        MergedRequest(
            url=each.url,
            title=one_line(each.title),
            commit=each.merged.commit,
            merged_at=each.merged.at,
        )
        for each in requests
        if each.state == "merged" and each.merged is not None and safe_url(each.url)
    ]
    return MergedRequests(requests=tuple(sorted(found, key=lambda each: each.merged_at))[::-1])


def read_merged(data: bytes, *, source: str) -> MergedRequests:
    """What `MergedRequests.write` wrote; raises `UnreadableFolder` that names the source."""
    return decode_written(MergedRequests, data, source=source, by="publish --merged")
