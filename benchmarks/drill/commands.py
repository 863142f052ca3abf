"""What a drill has to know of a command: how it runs, and how its state is told."""

from __future__ import annotations

import hashlib
import os
import random
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from drill.blows import Parts
from drill.small_disk import Disk

#: Faults of the machine, which every command has to bear.
MACHINE = ("kill", "kill writing", "term", "handles", "disk", "read-only", "two at once")
CLOCKS = ("clock back", "clock forward")


def _nothing() -> str:
    return ""


@dataclass(frozen=True)
class Sabotage:
    """Something that is wrong before a command starts.

    `begin` brings it about, and returns what undoes it; where the command has to cope by itself, that
    does nothing. A command that fails has to say one of `causes`.
    """

    begin: Callable[[], Callable[[], object]]
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A command line and its state; `reset` brings the old state back."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    #: Everything that it writes is on this disk; `written` is the folder that it changes.
    disk: Disk
    written: Path
    reset: Callable[[], object]
    state: Callable[[], Parts]
    #: Where the first sign of its writing shows, if not there.
    watched: tuple[Path, ...] = ()
    faults: tuple[str, ...] = (*MACHINE, *CLOCKS)
    sabotages: Mapping[str, Sabotage] = field(default_factory=dict)
    whole: bool = True
    #: Whether what it prints is the log of a service, in which a traceback has its place.
    logs: bool = False
    #: Exit codes of a run that did all that it should.
    done: tuple[int, ...] = (0,)
    #: What is left behind after a run that succeeded, in words.
    left_behind: Callable[[], str] = _nothing
    #: More arguments where a daemon would not feel the fault, and which process the daemon is.
    without_daemon: tuple[str, ...] = ()
    daemon: Callable[[], int | None] = lambda: None

    @property
    def all_faults(self) -> tuple[str, ...]:
        return (*self.faults, *self.sabotages)


def garbled(folder: Path) -> Sabotage:
    """Everything that a cache holds is something else, and nobody puts it right."""

    def begin() -> Callable[[], object]:
        chance = random.Random(0)
        for path in sorted(folder.rglob("*")):
            # What has several names is a file of the engine's store as well.
            if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
                path.chmod(0o644)
                path.write_bytes(chance.randbytes(min(path.stat().st_size, 2**16)))
        return lambda: None

    return Sabotage(begin, ("cache", folder.name))


def python(module: str, *arguments: object) -> tuple[str, ...]:
    """The command line of a program of this repository, on this Python."""
    return (sys.executable, "-m", module, *map(str, arguments))


def python_path() -> dict[str, str]:
    """What such a program finds its modules by."""
    # Pants may have named them from where this process was started.
    return {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path)}


def files_parts(folder: Path, *, volatile: Sequence[str] = (), below: str = "**/*") -> Parts:
    """Path -> digest of each file of a folder, without what matches the expressions `volatile`."""
    found = {}
    for path in sorted(folder.glob(below)):
        if path.is_file():
            content = path.read_bytes()
            for expression in volatile:
                content = re.sub(expression.encode(), b"...", content)
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def rows_parts(file: Path, queries: Mapping[str, str]) -> Parts:
    """Name -> digest of what a query finds in a database, which has to be sound."""
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file)) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
        found = {"sound": str(sound)}
        for name, query in queries.items():
            rows = database.execute(query).fetchall()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def tables_of(file: Path) -> dict[str, str]:
    """Name -> query that counts the rows, of all tables of a database."""
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        return {name: f'SELECT count(*) FROM "{name}"' for (name,) in names.fetchall()}
