"""`lint` finds locks that are not what their inputs ask for, from their headers alone.

No network, no clock, no resolver: a release that somebody makes turns nothing red.
"""

from __future__ import annotations

import fnmatch
from typing import Any, Iterable, Sequence

from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from hash_locks import engine, lock_file
from hash_locks.lint_result import lint_result
from hash_locks.loading import load
from hash_locks.subsystem import HashLocks


class FreshLocksRequest(LintFilesRequest):
    tool_subsystem = HashLocks  # type: ignore[assignment]


@rule
async def partition_locks(
    request: FreshLocksRequest.PartitionRequest, hash_locks: HashLocks, python_setup: PythonSetup
) -> Partitions[str, Any]:
    if hash_locks.skip:
        return Partitions()
    files = {
        resolve: (path, *hash_locks.globs(resolve))
        for resolve, path in sorted(python_setup.resolves.items())
    }
    there = await engine.read_files([each for globs in files.values() for each in globs])
    return Partitions.single_partition(
        resolve
        for resolve, globs in files.items()
        if _any(globs, request.files) or _is_half(globs, there)
    )


def _any(globs: Iterable[str], files: Iterable[str]) -> bool:
    return any(fnmatch.filter(files, each) for each in globs)


def _is_half(globs: Sequence[str], there: Iterable[str]) -> bool:
    """Whether a lock is there without what it is made from, or the other way round.

    That is told whatever is looked at: under `--changed-since` nobody looks at what is gone.
    """
    lock, *inputs = globs
    return _any([lock], there) != _any(inputs, there)


@rule(desc="Check locks", level=LogLevel.DEBUG)
async def check_locks(
    request: FreshLocksRequest.Batch[str, Any], hash_locks: HashLocks, python_setup: PythonSetup
) -> LintResult:
    problems = []
    for resolve in request.elements:
        try:
            lock = await load(resolve, hash_locks, python_setup)
        except ValueError as error:
            problems.append(str(error))
            continue
        problem = lock_file.problem(lock.text, lock.inputs)
        if problem:
            command = f"{bin_name()} generate-lockfiles --resolve={lock.name}"
            problems.append(f"{lock.path} {problem}. To mend it, run `{command}`.")
    return lint_result(request.tool_name, problems)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *FreshLocksRequest.rules())
