"""What crosses the rules of programs."""

from __future__ import annotations

import os.path
from dataclasses import dataclass


@dataclass(frozen=True)
class ProgramRequest:
    """A program by its name, or by several of which one will do: `redis-server|valkey-server`."""

    names: str


@dataclass(frozen=True)
class Program:
    """Where a program is, and the hash of its file; no path if the machine has none."""

    names: str
    path: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class ProgramsRequest:
    """The programs that a test declares."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Programs:
    """Those of a test, in the order of their declaration."""

    found: tuple[Program, ...] = ()
    mend: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What none was found for, as one would say it."""
        return tuple(
            program.names.replace("|", " or ") for program in self.found if program.path is None
        )

    def env(self, path: str) -> dict[str, str]:
        """The environment of the test: the folders of its programs before `path`, and their hashes,
        which make them part of the key."""
        if not self.found:
            return {}
        folders = [os.path.dirname(program.path) for program in self.found if program.path]
        entries = dict.fromkeys([*folders, *filter(None, path.split(os.pathsep))])
        return {
            "PATH": os.pathsep.join(entries),
            "MATRIX_PROGRAMS": " ".join(
                f"{program.path}={program.fingerprint}" for program in self.found
            ),
        }
