"""The folder between `prepare` and `publish`: complete or not there."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from pathlib import Path
from typing import Dict, Final, Mapping

from matrix_updates.errors import UpdatesError
from matrix_updates.git import Git
from matrix_updates.prepare.rooms import is_forsaken, room
from matrix_updates.proposal.documents import encode
from matrix_updates.proposal.model import FileDigest, Prepared, Proposal
from matrix_updates.proposal.wording import body, title

PREPARED: Final = "prepared.json"
BUNDLE: Final = "updates.bundle"
_BEFORE: Final = "before"


def check_free(folder: Path) -> None:
    """Raises `UpdatesError` if something stands there that is not an earlier result.

    What a killed run has set aside is put back, and what else it left is removed.
    """
    folder = folder.absolute()
    for left in sorted(folder.parent.glob(f"{glob.escape(_prefix(folder))}*")):
        if is_forsaken(left):
            if (left / _BEFORE).is_dir() and not folder.exists():
                os.replace(left / _BEFORE, folder)
            shutil.rmtree(left, ignore_errors=True)
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / PREPARED).is_file()):
        raise UpdatesError(
            f"{folder} is not what an earlier `matrix-updates prepare` wrote: name another --output"
        )


def write(
    folder: Path,
    prepared: Prepared,
    proposals: Mapping[str, Proposal],
    git: Git,
    not_blocking: tuple[str, ...],
) -> Prepared:
    """Writes everything beside its place, and puts it there at once; returns what it wrote.

    Raises `OSError` and `GitFailed`; then what stood there stands.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with room(_prefix(folder), folder.parent) as aside:
        made = aside / "made"
        made.mkdir(mode=0o755)
        files: Dict[str, bytes] = {}
        for name, proposal in sorted(proposals.items()):
            files[f"{name}.json"] = encode(proposal)
            text = f"# {title(proposal)}\n\n{body(proposal, not_blocking)}"
            files[f"{name}.md"] = text.encode()
        for name, content in files.items():
            (made / name).write_bytes(content)
        if proposals:
            _bundle(git, made / BUNDLE, prepared.base, proposals)
            files[BUNDLE] = (made / BUNDLE).read_bytes()
        digests = tuple(
            FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest())
            for name, content in sorted(files.items())
        )
        complete = Prepared(
            base_branch=prepared.base_branch,
            base=prepared.base,
            proposals=tuple(sorted(proposals)),
            current=prepared.current,
            failed=prepared.failed,
            left_out=prepared.left_out,
            held=prepared.held,
            published=prepared.published,
            files=digests,
        )
        (made / PREPARED).write_bytes(encode(complete))
        if folder.exists():
            os.replace(folder, aside / _BEFORE)
        try:
            os.replace(made, folder)
        except BaseException:
            if (aside / _BEFORE).exists() and not folder.exists():
                os.replace(aside / _BEFORE, folder)
            raise
        return complete


def _prefix(folder: Path) -> str:
    return f".{folder.name}-"


def _bundle(git: Git, path: Path, base: str, proposals: Mapping[str, Proposal]) -> None:
    """All commits above the base, a reference for each proposal."""
    names = {f"refs/matrix-updates/{name}": each.head for name, each in proposals.items()}
    for name, head in names.items():
        git.run("update-ref", name, head)
    try:
        git.run("bundle", "create", "--quiet", str(path.absolute()), *names, f"^{base}")
    finally:
        for name in names:
            git.attempt("update-ref", "-d", name)
