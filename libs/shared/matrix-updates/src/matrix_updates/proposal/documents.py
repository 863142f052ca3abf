"""The JSON of a proposal, and of what was prepared, and back, whoever wrote it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Type, TypeVar

import msgspec

from matrix_updates.errors import UnreadableFolder
from matrix_updates.proposal.model import SCHEMA_VERSION, Prepared, Proposal

MAX_BYTES = 16 * 1024 * 1024

_T = TypeVar("_T", Proposal, Prepared)
_Document = TypeVar("_Document", bound=msgspec.Struct)


class _Versioned(msgspec.Struct):
    schema_version: int


def encode(document: msgspec.Struct) -> bytes:
    """The document as JSON: UTF-8, indented by two, newline-terminated, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(kind: Type[_T], data: bytes, *, source: str) -> _T:
    """What `encode` wrote; raises `UnreadableFolder` that names the source."""
    if len(data) > MAX_BYTES:
        raise UnreadableFolder(f"{source} has {len(data)} bytes: expected at most {MAX_BYTES}")
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise UnreadableFolder(
                f"{source} has schema_version {version}: this matrix-updates reads "
                f"{SCHEMA_VERSION}. Prepare with the same version"
            )
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFolder(f"{source} cannot be read: {error}") from None


def decode_written(kind: Type[_Document], data: bytes, *, source: str, by: str) -> _Document:
    """What a command (`by`) wrote; raises `UnreadableFolder` that names the source."""
    if len(data) > MAX_BYTES:
        raise UnreadableFolder(f"{source} has {len(data)} bytes: expected at most {MAX_BYTES}")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFolder(f"{source} is not what `{by}` writes: {error}") from None


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all, and makes its folder; raises `OSError`."""
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(name, path)
