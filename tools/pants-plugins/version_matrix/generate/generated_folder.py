"""A suite's generated folder, as it is on disk. For goals, which may read it and replace it."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from pants.util.frozendict import FrozenDict

from version_matrix.disk import merge_base
from version_matrix.stanza.samples_file import SAMPLES_FILE, is_lock_name, is_snapshot_name
from version_matrix.stanza.suite import Suite

# What no one puts there and no one would miss.
_LITTER = (".DS_Store",)


class UnusableFolder(ValueError):
    """A folder that must not, or need not, be replaced; the text says what to do about it."""


def contents(root: Path, suite: Suite, visible: Iterable[str]) -> FrozenDict[str, bytes]:
    """Name -> content of what a suite's folder holds, of which Pants must see all (`visible`).

    Raises `UnusableFolder` for anything there that is not of this plugin's making, which would be
    lost, and for what Pants does not see, which would be written anew for ever. Raises `OSError`.
    """
    folder = root / suite.folder
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UnusableFolder(
            f"{suite.folder} is no folder: choose another `name` for {suite.address}"
        )
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    paths = [path for path in paths if path.name not in _LITTER]
    foreign = [path.name for path in paths if not _is_generated(path)]
    if foreign:
        raise UnusableFolder(
            f"{suite.folder} holds what generate-matrix did not write ({', '.join(foreign)}) and, "
            f"being replaced whole, would lose: choose another `name` for {suite.address}"
        )
    unseen = sorted({f"{suite.folder}/{path.name}" for path in paths}.difference(visible))
    if unseen:
        raise UnusableFolder(
            f"Pants does not see {', '.join(unseen)}, because .gitignore or [GLOBAL].pants_ignore "
            f"hides it: except it there, for instance by the line `!/{suite.folder}/*`"
        )
    return FrozenDict({path.name: path.read_bytes() for path in paths})


def recovered(root: Path, suite: Suite, files: FrozenDict[str, bytes]) -> FrozenDict[str, bytes]:
    """The merge base's version of every file that a merge left in conflict."""
    conflicted = [name for name, content in files.items() if merge_base.is_conflicted(content)]
    found = {name: merge_base.recovered(root, f"{suite.folder}/{name}") for name in conflicted}
    return FrozenDict({name: content or b"" for name, content in found.items()})


def _is_generated(path: Path) -> bool:
    """By its name: what it holds may be anything, after an edit or a merge."""
    if path.is_dir() or path.is_symlink():
        return False
    name = path.name
    return name == SAMPLES_FILE or is_snapshot_name(name) or is_lock_name(name)
