"""A wheel as an index and an installer see it: its metadata, its entry points and its files."""

from __future__ import annotations

import configparser
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import Metadata
from packaging.utils import canonicalize_name, parse_wheel_filename


@dataclass(frozen=True)
class Wheel:
    """What one wheel holds.

    Attributes:
        metadata: validated as an index does, https://packaging.python.org/specifications/core-metadata/.
        entry_points: group -> name -> object reference.
        files: the paths of all but its `.dist-info`, and their content.
        licences: the names of its licence files, and their content.
    """

    metadata: Metadata
    entry_points: dict[str, dict[str, str]]
    files: dict[str, bytes]
    licences: dict[str, bytes]

    @property
    def name(self) -> str:
        return canonicalize_name(self.metadata.name)

    def has_module(self, dotted: str) -> bool:
        """Whether the wheel brings a module or a package of that name."""
        path = dotted.replace(".", "/")
        return f"{path}.py" in self.files or any(file.startswith(f"{path}/") for file in self.files)


def read(path: Path) -> Wheel:
    """Reads a wheel.

    Raises:
        packaging.metadata.ExceptionGroup: its metadata is not what an index accepts.
        packaging.utils.InvalidWheelFilename: its name is no wheel's.
        KeyError: a licence file that the metadata names is not there.
        ValueError: the metadata is not that of the file's name.
    """
    name, version, _, tags = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as archive:
        contents = {info: archive.read(info) for info in archive.namelist()}
    (folder,) = {file.partition("/")[0] for file in contents if ".dist-info/" in file}
    metadata = Metadata.from_email(contents[f"{folder}/METADATA"], validate=True)
    if (canonicalize_name(metadata.name), metadata.version) != (name, version):
        raise ValueError(f"{path.name} says it is {metadata.name} {metadata.version}")
    if {str(tag) for tag in tags} != {"py3-none-any"}:
        raise ValueError(f"{path.name} is not for every machine")
    entry_points = configparser.ConfigParser(delimiters="=")
    entry_points.read_string(contents.get(f"{folder}/entry_points.txt", b"").decode())
    return Wheel(
        metadata,
        {group: dict(entry_points[group]) for group in entry_points.sections()},
        {file: content for file, content in contents.items() if not file.startswith(folder)},
        {name: contents[f"{folder}/licenses/{name}"] for name in metadata.license_files or ()},
    )
