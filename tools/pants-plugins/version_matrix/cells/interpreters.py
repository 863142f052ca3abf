"""Which Pythons of the matrix this machine has.

One process of our own looks for all of them. Pants asks pex, once a Python and 2 s each, whatever
pex it has; no two versions of pex understand the same words for what is asked here.
"""

from __future__ import annotations

import json
import pkgutil
import re
from typing import Iterable

from pants.backend.python.util_rules.pex_environment import PexEnvironment, PythonExecutable
from pants.engine.process import Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.cells.requests import (
    InterpreterRequest,
    MaybeInterpreter,
    Pythons,
    PythonsRequest,
)
from version_matrix.engine.places import EnvironmentTarget
from version_matrix.not_run.requests import Lack
from version_matrix.stanza.policy import MissingInterpreters, VersionMatrix

# Of `3.12.1`, and of the free-threaded `3.14.0t`.
_PATCH_LEVEL = re.compile(r"\.[0-9]+(?=t?$)")


class InterpreterSearchError(Exception):
    """The process that looks for Pythons failed: the text is what it said."""


@rule(desc="Find the Pythons of the matrix", level=LogLevel.DEBUG)
async def find_pythons(
    request: PythonsRequest, environment: EnvironmentTarget, pex: PexEnvironment
) -> Pythons:
    """Looks along `[python-bootstrap].search_path`, on the Python that Pants starts pex with."""
    script = pkgutil.get_data("version_matrix", "sandbox/find_pythons.py")
    assert script is not None
    result = await engine.attempt(
        Process(
            argv=(
                pex.bootstrap_python.path,
                "-sE",
                "find_pythons.py",
                *(f"--want={lowest}" for lowest in request.lowest),
                "--",
                *pex.interpreter_search_paths,
            ),
            input_digest=await engine.digest_of({"find_pythons.py": script}),
            append_only_caches=pex.in_sandbox(working_directory=None).append_only_caches,
            description=f"Find {pluralize(len(request.lowest), 'Python')} of the matrix",
            level=LogLevel.DEBUG,
            # What is installed is no function of the request.
            cache_scope=environment.executable_search_path_cache_scope(),
        )
    )
    if result.exit_code != 0:
        raise InterpreterSearchError(
            f"The search for Pythons ended with exit status {result.exit_code}.\n"
            f"{result.stderr.decode(errors='replace').strip()}"
        )
    answer = json.loads(result.stdout)
    return Pythons(
        FrozenDict({lowest: PythonExecutable(**told) for lowest, told in answer["found"].items()}),
        FrozenDict({lowest: tuple(told) for lowest, told in answer["passed_over"].items()}),
    )


@rule(level=LogLevel.DEBUG)
async def find_matrix_interpreter(
    request: InterpreterRequest, matrix: VersionMatrix
) -> MaybeInterpreter:
    """Pants' own discovery raises if there is none; a matrix must be able to say so by cell.

    Raises PolicyError if a target is no Python.
    """
    lowest = matrix.lowest_patch(request.minor)
    pythons = await engine.pythons(
        # Always all of them, so that it is one look however many cells are asked for.
        PythonsRequest(tuple(sorted({*matrix.checked_targets(), lowest})))
    )
    return MaybeInterpreter(
        pythons.found.get(lowest), passed_over=pythons.passed_over.get(lowest, ())
    )


def missing_python(minor: str, found: MaybeInterpreter, matrix: VersionMatrix, *, ci: bool) -> Lack:
    """What to tell somebody whose machine lacks a Python, and whether that is an error."""
    lowest = matrix.lowest_patch(minor)
    name = _PATCH_LEVEL.sub("", lowest)
    command = matrix.install_pythons_command
    mend = (
        f"To fix, run `{command}`"
        if command
        else f"To fix, run `uv python install {name}` or `pyenv install {name}`"
    )
    others = "; ".join(found.passed_over)
    told = f"; what is there does not serve: {others}" if others else ""
    return Lack(
        what=f"Python {name} ({lowest} or later)",
        mend=f"{mend}; [python-bootstrap].search_path is where it is searched{told}.",
        is_error=(
            matrix.missing_interpreters is MissingInterpreters.ERROR
            or (matrix.missing_interpreters is MissingInterpreters.AUTO and ci)
        ),
    )


def not_here(lack: Lack) -> str:
    """A sentence about what is missing."""
    return f"{lack.what} is not on this machine. {lack.mend}"


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
