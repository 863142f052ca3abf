"""Where the programs are that tests declare."""

from __future__ import annotations

import glob
import json
import pkgutil
from typing import Iterable

from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.programs.requests import (
    Program,
    ProgramRequest,
    Programs,
    ProgramsRequest,
)
from version_matrix.programs.subsystem import SystemPrograms


def search_folders(search_path: Iterable[str], path: Iterable[str]) -> tuple[str, ...]:
    """The folders and globs of folders to look in; what stands for `<PATH>` is no glob."""
    return tuple(
        folder
        for entry in search_path
        for folder in (map(glob.escape, path) if entry == "<PATH>" else (entry,))
    )


@rule(desc="Find a program that tests want", level=LogLevel.DEBUG)
async def find_program(
    request: ProgramRequest,
    pex: PexEnvironment,
    programs: SystemPrograms,
) -> Program:
    script = pkgutil.get_data("version_matrix", "sandbox/find_programs.py")
    assert script is not None
    result = await engine.succeed(
        Process(
            argv=(
                pex.bootstrap_python.path,
                "-sE",
                "find_programs.py",
                *(f"--name={name}" for name in request.names.split("|")),
                "--",
                *search_folders(programs.search_path, pex.path),
            ),
            input_digest=await engine.digest_of({"find_programs.py": script}),
            append_only_caches=pex.in_sandbox(working_directory=None).append_only_caches,
            description=f"Find {request.names}",
            level=LogLevel.DEBUG,
            # Who was told to install it runs the same daemon next.
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    return Program(request.names, **json.loads(result.stdout))


@rule(level=LogLevel.DEBUG)
async def find_programs(request: ProgramsRequest, programs: SystemPrograms) -> Programs:
    return Programs(await engine.programs_named(request.names), programs.mend)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
