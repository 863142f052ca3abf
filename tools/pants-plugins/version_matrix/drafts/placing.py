"""Where each draft goes: the folder of its tests, under a name that is free there."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import AbstractSet, Iterable, Mapping, Tuple

from version_matrix.drafts.model import Draft
from version_matrix.stanza.suite import project_name

_NAME = "matrix"
_TEST_FILE = re.compile(r"test_[^/]*\.py|[^/]*_test\.py|tests\.py")


@dataclass(frozen=True)
class Placed:
    """A draft with its folder, its name there and its `sources`, empty for those of the target.

    `problem` says why it cannot be written as it is.
    """

    draft: Draft
    folder: str
    name: str
    sources: Tuple[str, ...] = ()
    remarks: Tuple[str, ...] = ()
    problem: str | None = None


def placed(
    drafts: Iterable[Draft],
    files: AbstractSet[str],
    taken: Mapping[str, AbstractSet[str]],
    root: str,
) -> Tuple[Placed, ...]:
    """The drafts, each in its place.

    `files` are those of the repository below the folders of the drafts, `taken` the names of the targets
    of a folder, `root` the folder of what was read.
    """
    used = {folder: set(names) for folder, names in taken.items()}
    found = []
    for draft in drafts:
        folder, sources, problem = _tests(draft.paths, files, root)
        # Generated files would lie in a folder of that name.
        names = used.setdefault(folder, set()) | _folders(folder, files)
        name = _free(draft, names)
        other = name != _NAME and not draft.label
        remarks = (f"The name `{_NAME}` is taken.",) if other else ()
        used[folder].add(name)
        found.append(Placed(draft, folder, name, sources, remarks, problem))
    return tuple(found)


def _free(draft: Draft, taken: AbstractSet[str]) -> str:
    label = re.sub(r"\W+", "_", draft.label)
    package = project_name(draft.package).replace("-", "_")
    wanted = [f"{_NAME}_{label}"] if label else [_NAME]
    wanted += [f"{_NAME}_{package}", *([f"{_NAME}_{package}_{label}"] if label else [])]
    numbered = (f"{_NAME}_{package}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*wanted, *numbered) if name not in taken)


def _tests(
    paths: Tuple[str, ...], files: AbstractSet[str], root: str
) -> "Tuple[str, Tuple[str, ...], str | None]":
    """Folder, sources, and what is wrong with them."""
    if not paths:
        return root, (), "no command says which files pytest runs: put it beside the tests"
    below = {path: _below(path, files) for path in paths}
    missing = [path for path in paths if path not in files and not below[path]]
    if missing:
        return _folder(missing[0]), (), f"there is nothing at {', '.join(missing)}"
    folder = posixpath.commonpath([_folder(path) if path in files else path for path in paths])
    folder = folder or "."
    tests = [
        path
        for path in sorted(files)
        if _TEST_FILE.fullmatch(posixpath.basename(path))
        and any(path == each or path in below[each] for each in paths)
    ]
    tests += [path for path in paths if path in files and path not in tests]
    if not tests:
        return folder, (), f"there is no test file below {', '.join(paths)}"
    relative = [posixpath.relpath(path, folder) for path in tests]
    beside = {
        posixpath.basename(path)
        for path in files
        if posixpath.dirname(path) == ("" if folder == "." else folder)
        and _TEST_FILE.fullmatch(posixpath.basename(path))
    }
    if set(relative) == beside:
        return folder, (), None
    if any(path in files for path in paths) or len(paths) > 1:
        return folder, tuple(relative), None
    return folder, ("**/test_*.py", "**/*_test.py", "**/tests.py"), None


def _folders(folder: str, files: AbstractSet[str]) -> AbstractSet[str]:
    """The names of the folders in a folder."""
    relative = (path[len(folder) + 1 :] for path in _below(folder, files) if folder != ".")
    inside = relative if folder != "." else iter(files)
    return {path.partition("/")[0] for path in inside if "/" in path}


def _folder(path: str) -> str:
    return posixpath.dirname(path) if path.endswith(".py") else path


def _below(path: str, files: AbstractSet[str]) -> AbstractSet[str]:
    prefix = "" if path == "." else f"{path}/"
    return {each for each in files if each.startswith(prefix)}
