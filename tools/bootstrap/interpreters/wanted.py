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
    #: `pypy`; `t` for a free-threaded build of CPython (PEP 703); else nothing.
    build: str = ""

    @property
    def is_pypy(self) -> bool:
        return self.build == "pypy"

    @property
    def minor(self) -> str:
        return self._named("{}.{}".format(*self.release))

    @property
    def lowest(self) -> str:
        return self._named("{}.{}.{}".format(*self.release))

    @property
    def program(self) -> str:
        return self.minor if self.is_pypy else f"python{self.minor}"

    @property
    def names(self) -> Tuple[str, ...]:
        """What its program may be called, the surest name first."""
        return (self.program, *(("pypy3", "pypy") if self.is_pypy else ("python3", "python")))

    def _named(self, version: str) -> str:
        return f"pypy{version}" if self.is_pypy else f"{version}{self.build}"

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
    match = re.fullmatch(r"(pypy)?(\d+)\.(\d+)\.(\d+)(t)?", python)
    if not match or (match[1] and match[5]):
        raise BootstrapError(
            f"[version-matrix].target_pythons in pants.toml has {python!r}: expected a release such as "
            '"3.13.0", of a free-threaded build "3.14.2t", of PyPy "pypy3.11.13"'
        )
    return Wanted((int(match[2]), int(match[3]), int(match[4])), match[1] or match[5] or "")
