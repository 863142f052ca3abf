"""Which Pythons of the matrix this machine has."""

from __future__ import annotations

from textwrap import dedent
from typing import Iterable

from pants.backend.python.util_rules.pex_cli import PexCliProcess
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.util_rules.environments import EnvironmentTarget
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import InterpreterRequest, MaybeInterpreter
from version_matrix.stanza.policy import VersionMatrix

# Runs on every Python that a matrix may hold.
_REPORT = dedent("""\
    import hashlib, os, sys

    path = os.path.realpath(sys.executable)
    print(path)
    with open(path, "rb") as executable:
        print(hashlib.sha256(executable.read()).hexdigest())
    """)


@rule(desc="Find a Python of the matrix", level=LogLevel.DEBUG)
async def find_matrix_interpreter(
    request: InterpreterRequest, environment: EnvironmentTarget, matrix: VersionMatrix
) -> MaybeInterpreter:
    """Pants' own discovery raises if there is none; a matrix must be able to say so by cell."""
    result = await engine.attempt_pex_cli(
        PexCliProcess(
            subcommand=(),
            extra_args=(
                f"--interpreter-constraint={_constraint(matrix.lowest_patch(request.minor))}",
                "--",
                "-c",
                _REPORT,
            ),
            description=f"Find Python {request.minor}",
            level=LogLevel.DEBUG,
            cache_scope=environment.executable_search_path_cache_scope(),
        )
    )
    if result.exit_code != 0:
        return MaybeInterpreter(None)
    path, fingerprint = result.stdout.decode().split()
    return MaybeInterpreter(PythonExecutable(path=path, fingerprint=fingerprint))


def _constraint(lowest: str) -> str:
    """Pythons of one minor, from a patch level on; `-t`: not the free-threaded build (PEP 703)."""
    major, minor, _ = lowest.split(".")
    return f"CPython-t>={lowest},<{major}.{int(minor) + 1}"


def missing_interpreter(lowest: str, cells: str) -> str:
    """What to tell somebody whose machine lacks a Python: which, what it hides, how to get it."""
    minor = lowest.rpartition(".")[0]
    return (
        f"Python {minor} ({lowest} or later) is not on this machine, so {cells} cannot run. "
        f"Install it, for instance by `pyenv install {minor}` or `uv python install {minor}`; the "
        "places that are searched are those of [python-bootstrap].search_path."
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
