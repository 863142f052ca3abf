"""Which files may miss what was removed. Pure."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from typing import Iterable

from version_matrix.selection.git_changes import Change

# What all Python below its folder rests on, whether it is imported or not.
_OF_FOLDERS = frozenset(
    {
        "__init__.py",
        "__init__.pyi",
        "conftest.py",
        "pytest.ini",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        ".coveragerc",
    }
)
_WORD = re.compile(r"[^\W\d]\w*")


def is_python(path: str) -> bool:
    """Whether a path is that of a module."""
    return path.endswith((".py", ".pyi"))


@dataclass(frozen=True)
class Removed:
    """Modules that are no longer there, and folders that have lost something for all below them."""

    modules: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.modules or self.folders)

    def is_missed_by(self, path: str, module: str, text: str) -> bool:
        """Whether a file may miss something: it lies below such a folder, or names such a module.

        A module is named where all that matters of its name occurs, be it in an import of
        whatever form or in a string that is imported at run time. A file too many costs a
        look at the cache, a file too few would hide that it is broken.
        """
        if any(_is_below(path, folder) for folder in self.folders):
            return True
        words = set(_WORD.findall(text))
        for lost in self.modules:
            first, _, _ = lost.partition(".")
            last = lost.rpartition(".")[2]
            # Whoever is in the same package may name it relatively.
            if last in words and (first in words or module.partition(".")[0] == first):
                return True
        return False


def folders(change: Change) -> tuple[str, ...]:
    """Folders that have lost something for all below them."""
    lost = {path for path in change.gone if os.path.basename(path) in _OF_FOLDERS}
    return tuple(sorted({os.path.dirname(path) for path in (*lost, *change.defaults)}))


def globs_of_builds(change: Change) -> tuple[str, ...]:
    """Globs of modules that may have lost their owner: beside a BUILD file that differs, below one
    that is gone."""
    gone = set(change.gone)
    return tuple(
        os.path.join(os.path.dirname(path), *(["**"] if path in gone else []), f"*.{suffix}")
        for path in change.builds
        for suffix in ("py", "pyi")
    )


def without_owner(paths: Iterable[str], owned: Iterable[str]) -> tuple[str, ...]:
    """The modules among the paths that no target has."""
    return tuple(sorted({path for path in paths if is_python(path)} - set(owned)))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
