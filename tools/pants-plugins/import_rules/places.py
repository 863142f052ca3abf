"""Where a target is, and folders by pattern.

Pure: paths in, paths out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """A target: its address, for messages, and where it lies, which decides.

    Attributes:
        address: as Pants spells it.
        folder: relative to the root of the repository, `""` for the root itself.
        file: the name of the file in `folder` that it is, `""` if it is none.
    """

    address: str
    folder: str
    file: str = ""

    def comes_with(self, other: Place) -> bool:
        """Whether Python or pytest load it with `other`, whatever that imports."""
        return self.file in ("__init__.py", "conftest.py") and is_within(other.folder, self.folder)


def is_within(folder: str, other: str) -> bool:
    """Whether a folder is `other` or below it."""
    return not other or folder == other or folder.startswith(f"{other}/")


def matching_part(pattern: str, folder: str) -> str:
    """The folder at or above `folder` that matches `pattern`, or `""`; `*` stands for one name."""
    wanted, names = pattern.split("/"), folder.split("/")
    if len(names) < len(wanted):
        return ""
    if any(want not in ("*", name) for want, name in zip(wanted, names)):
        return ""
    return "/".join(names[: len(wanted)])


def precision(pattern: str) -> tuple[int, tuple[bool, ...]]:
    """What the more precise of two patterns that match the same folder has more of."""
    names = pattern.split("/")
    return len(names), tuple(name != "*" for name in names)
