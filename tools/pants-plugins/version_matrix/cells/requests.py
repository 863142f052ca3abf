"""What crosses the rules of cells: requests, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass, field

from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.process import Process
from pants.util.frozendict import FrozenDict


@dataclass(frozen=True)
class PythonsRequest:
    """All Pythons of a matrix, each with the lowest patch level that serves (`3.12.1`), sorted."""

    lowest: tuple[str, ...]


@dataclass(frozen=True)
class Pythons:
    """Those of a request that the machine has; of each other one what was passed over, and why."""

    found: FrozenDict[str, PythonExecutable]
    passed_over: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class InterpreterRequest:
    """A Python of the matrix, without its patch level: `3.12`, `3.14t`, `pypy3.11`."""

    minor: str


@dataclass(frozen=True)
class MaybeInterpreter:
    """The interpreter, or None if the machine has none: then what was passed over, and why."""

    python: PythonExecutable | None
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkersRequest:
    """What an interpreter says of itself in environment markers (PEP 508)."""

    python: PythonExecutable


@dataclass(frozen=True)
class Markers:
    """Name of a marker variable -> its value."""

    values: FrozenDict[str, str]


@dataclass(frozen=True)
class SuitePinsRequest:
    """In which of the locks in a folder, those for a Python, each pin stands."""

    folder: str
    python: PythonExecutable
    minor: str


@dataclass(frozen=True)
class SuitePins:
    """A pin as an installer reads it -> the locks in which it stands."""

    locks: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class InstallationRequest:
    """Wheels that one process installs on one Python, each by itself; `sdists` may be built.

    Name -> what an installer reads: pins of a lock, hashes included.
    """

    requirements: FrozenDict[str, str]
    python: PythonExecutable
    sdists: tuple[str, ...]
    description: str = field(compare=False)


@dataclass(frozen=True)
class Installation:
    """Name -> a digest that holds what was installed, as it lies in a virtual environment."""

    wheels: FrozenDict[str, Digest]


@dataclass(frozen=True)
class EnvironmentRequest:
    """The installed packages of a lock (its text without comments) on one Python.

    `beside` are the locks that it is one of: what stands together in them is installed together.
    """

    body: str
    python: PythonExecutable
    sdists: tuple[str, ...]
    beside: SuitePinsRequest | None
    origin: str = field(compare=False)


@dataclass(frozen=True)
class InstalledEnvironment:
    """What a virtual environment is composed of: project -> what its wheel has installed.

    Where the wheels of a lock do not agree on a file, all of them together are one.
    """

    wheels: FrozenDict[str, Digest]


@dataclass(frozen=True)
class CellEnvironmentRequest:
    """The installed environment of the cell at this address, or of another lock (its text) for it."""

    address: Address
    python: PythonExecutable
    lock: str | None = None


@dataclass(frozen=True)
class CellQueue:
    """The cells of a run in the order in which they are begun, `width` of them at a time."""

    cells: tuple[CellEnvironmentRequest, ...]
    width: int

    def __hash__(self) -> int:
        # Asked once for each cell, of each cell: a tuple of thousands is not hashed every time.
        return hash((len(self.cells), self.width, *self.cells[:1], *self.cells[-1:]))


@dataclass(frozen=True)
class TurnRequest:
    """The turn of the cell at an index of a queue."""

    queue: CellQueue
    index: int


@dataclass(frozen=True)
class Turn:
    """It has come."""


@dataclass(frozen=True)
class Stead:
    """What a cell is run with in place of its own: a release of its package, and a lock for that.

    `anew`: whatever is remembered of the same process.
    """

    version: str
    lock: str
    anew: bool = False


@dataclass(frozen=True)
class CellProcessRequest:
    """The pytest process of the cell at this address.

    With something in its `stead` it is the process that a cell of that would have, its failure is
    expected by nobody, and no generated file need be there.
    """

    address: Address
    python: PythonExecutable
    debug: bool
    stead: Stead | None = None


@dataclass(frozen=True)
class CellProcess:
    """The process, and the JUnit file it writes unless it is a debugging session."""

    process: Process
    results_file: str
