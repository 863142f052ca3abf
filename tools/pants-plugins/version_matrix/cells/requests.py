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
class EnvironmentRequest:
    """The installed packages of a lock (its text without comments) on one Python.

    A `layer` lies over another environment, so nothing is asked of what its packages need.
    """

    body: str
    python: PythonExecutable
    sdists: tuple[str, ...]
    layer: bool
    description: str = field(compare=False)


@dataclass(frozen=True)
class InstalledEnvironment:
    """A digest that holds the packages, as `pip install --target` lays them out."""

    digest: Digest


@dataclass(frozen=True)
class CellEnvironmentRequest:
    """The installed environment of the cell at this address."""

    address: Address
    python: PythonExecutable


@dataclass(frozen=True)
class CellProcessRequest:
    """The pytest process of the cell at this address."""

    address: Address
    python: PythonExecutable
    debug: bool


@dataclass(frozen=True)
class CellProcess:
    """The process, and the JUnit file it writes unless it is a debugging session."""

    process: Process
    results_file: str
