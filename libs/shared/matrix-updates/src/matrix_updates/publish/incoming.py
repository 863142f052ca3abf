"""The folder that `prepare` wrote, read as what a stranger may have written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Tuple

from matrix_updates.errors import UnreadableFolder
from matrix_updates.prepare.output_folder import BUNDLE, PREPARED
from matrix_updates.proposal.documents import decode
from matrix_updates.proposal.model import Prepared, Proposal
from matrix_updates.text import one_line

_MAX_FILE = 512 * 1024 * 1024


@dataclass(frozen=True)
class Incoming:
    """What a folder holds: `bundle` has the commits of all proposals."""

    prepared: Prepared
    proposals: Tuple[Proposal, ...]
    bundle: Path


def read(folder: Path, *, base_branch: str) -> Incoming:
    """The folder's content, whole; raises `UnreadableFolder` for anything torn, missing or strange.

    What it was made for must be the base branch that is expected: another might allow more.

    The Markdown is for people. Requests are worded anew from the JSON, which is bounded and checked.
    """
    prepared = decode(Prepared, _content(folder, PREPARED), source=PREPARED)
    if prepared.base_branch != base_branch:
        raise UnreadableFolder(
            f"{folder} is for the branch {one_line(prepared.base_branch, 80)!r}, and not for "
            f"{base_branch!r}: say so by --base if it should be"
        )
    recorded = {file.name: file.sha256 for file in prepared.files}
    expected = {f"{name}{ending}" for name in prepared.proposals for ending in (".json", ".md")}
    expected |= {BUNDLE} if prepared.proposals else set()
    if recorded.keys() != expected:
        odd = sorted(recorded.keys() ^ expected)
        raise UnreadableFolder(f"{folder}: {PREPARED} and its list of files disagree on {odd[0]}")
    contents = {name: _checked(folder, name, digest) for name, digest in recorded.items()}
    return Incoming(
        prepared,
        tuple(_proposal(name, contents, prepared) for name in prepared.proposals),
        folder.absolute() / BUNDLE,
    )


def _proposal(name: str, contents: Mapping[str, bytes], prepared: Prepared) -> Proposal:
    source = f"{name}.json"
    proposal = decode(Proposal, contents[source], source=source)
    if (proposal.name, proposal.base) != (name, prepared.base):
        raise UnreadableFolder(f"{source} is of another proposal or another base")
    return proposal


def _checked(folder: Path, name: str, digest: str) -> bytes:
    content = _content(folder, name)
    if hashlib.sha256(content).hexdigest() != digest:
        raise UnreadableFolder(
            f"{folder / name} is not what `prepare` wrote: copy the folder again, or prepare anew"
        )
    return content


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            raise UnreadableFolder(
                f"{folder} has no {name}: expected the folder that `matrix-updates prepare` wrote"
            )
        if path.stat().st_size > _MAX_FILE:
            raise UnreadableFolder(f"{path} is larger than {_MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFolder(f"{path} cannot be read: {error.strerror}") from None
