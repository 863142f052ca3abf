"""Which Pythons the version matrix wants, and where Pants looks for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Mapping, Tuple

from pants.option.config import Config
from pants.option.errors import ConfigError

from steps import BootstrapError


@dataclass(frozen=True)
class Wanted:
    """A Python of one minor version, from a patch level on."""

    release: Tuple[int, int, int]

    @property
    def minor(self) -> str:
        return "{}.{}".format(*self.release)

    @property
    def lowest(self) -> str:
        return "{}.{}.{}".format(*self.release)

    @property
    def program(self) -> str:
        return f"python{self.minor}"

    def admits(self, release: Tuple[int, ...]) -> bool:
        return release[:2] == self.release[:2] and release >= self.release


@dataclass(frozen=True)
class Configuration:
    """What pants.toml says of Pythons."""

    targets: Tuple[Wanted, ...]
    search_path: Tuple[str, ...]


def read_configuration(file: Path) -> Configuration:
    """Reads `[version-matrix].target_pythons` and `[python-bootstrap].search_path`.

    Raises BootstrapError if `file` is not TOML, or an entry is not what the option takes.
    """
    source = SimpleNamespace(path=str(file), content=file.read_bytes())
    try:
        (read,) = Config.load([source], seed_values={"buildroot": str(file.parent)}).values
    except ConfigError as error:
        raise BootstrapError(str(error)) from error
    content = read.section_to_values
    return Configuration(
        tuple(_wanted(each) for each in _list(content, "version-matrix", "target_pythons")),
        _list(content, "python-bootstrap", "search_path"),
    )


def _list(content: Mapping[str, Any], scope: str, option: str) -> Tuple[str, ...]:
    values = content.get(scope, {}).get(option)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BootstrapError(f"[{scope}].{option} in pants.toml: expected a list of strings")
    return tuple(values)


def _wanted(python: str) -> Wanted:
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", python)
    if not match:
        raise BootstrapError(
            f"[version-matrix].target_pythons in pants.toml has {python!r}: this script installs "
            'releases of CPython, such as "3.13.0"; install others by hand'
        )
    major, minor, patch = (int(part) for part in match.groups())
    return Wanted((major, minor, patch))
