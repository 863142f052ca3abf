"""The locks behind `generate-lockfiles`: all of a run are written, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from packaging.version import InvalidVersion, Version
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.core.goals.generate_lockfiles import (
    GenerateLockfile,
    GenerateLockfileResult,
    GenerateLockfilesSubsystem,
    GenerateToolLockfileSentinel,
    KnownUserResolveNames,
    KnownUserResolveNamesRequest,
    LockfileDiff,
    LockfilePackages,
    RequestedUserResolveNames,
    UserGenerateLockfiles,
    WrappedGenerateLockfile,
)
from pants.engine.process import ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionMembership, UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from hash_locks import engine, lock_file, pip_compile
from hash_locks.forks import bad_forks
from hash_locks.loading import HashLock, load, lock_name
from hash_locks.subsystem import HashLocks, PipTools
from version_matrix.engine import venv_pex
from version_matrix.tools.index_environment import INDEX_ENVIRONMENT


class GenerateLocksError(Exception):
    """No lock was written; the text says why and what to do."""


@dataclass(frozen=True)
class GenerateHashLock(GenerateLockfile):
    lock: HashLock
    upgrade: tuple[str, ...]


class KnownHashLocksRequest(KnownUserResolveNamesRequest):
    pass


class RequestedHashLocks(RequestedUserResolveNames):
    pass


@rule
def known_hash_locks(
    _: KnownHashLocksRequest,
    goal: GenerateLockfilesSubsystem,
    python_setup: PythonSetup,
    union_membership: UnionMembership,
) -> KnownUserResolveNames:
    if python_setup.resolves_generate_lockfiles:
        raise GenerateLocksError(
            "hash_locks makes the locks of [python].resolves: set "
            "`[python].resolves_generate_lockfiles = false`."
        )
    # The Python backend knows the resolves by their own names, which Pants wants to be unique, and
    # would make nothing of them.
    wrong = sorted(set(goal.resolve) & set(python_setup.resolves))
    if wrong:
        options = " ".join(f"--resolve={lock_name(resolve)}" for resolve in wrong)
        raise GenerateLocksError(
            f"`{bin_name()} generate-lockfiles` takes locks, not resolves: say `{options}`."
        )
    names = tuple(map(lock_name, python_setup.resolves))
    # Pants would also list the names that are refused above.
    tools = {tool.resolve_name for tool in union_membership.get(GenerateToolLockfileSentinel)}
    unknown = sorted(set(goal.resolve).difference(names, tools))
    if unknown:
        raise GenerateLocksError(
            f"`{bin_name()} generate-lockfiles` knows no {', '.join(unknown)}. "
            f"Its locks are {', '.join(sorted(names))}."
        )
    return KnownUserResolveNames(
        names=names,
        option_name="[hash-locks].inputs",
        requested_resolve_names_cls=RequestedHashLocks,
    )


@rule
async def plan_hash_locks(
    requested: RequestedHashLocks, hash_locks: HashLocks, python_setup: PythonSetup
) -> UserGenerateLockfiles:
    locks = [
        await load(resolve, hash_locks, python_setup)
        for resolve in sorted(python_setup.resolves)
        if lock_name(resolve) in requested
    ]
    refused = [each for lock in locks for file in lock.inputs.files for each in bad_forks(*file)]
    if refused:
        raise GenerateLocksError("\n".join([*refused, "No lock was written."]))
    unknown = lock_file.unknown_upgrades(hash_locks.upgrade, (lock.text or "" for lock in locks))
    if unknown:
        raise GenerateLocksError(
            f"--hash-locks-upgrade names {', '.join(unknown)}, which no lock of this run pins. "
            f"Name a project that one of {', '.join(lock.path for lock in locks)} pins, or `all`."
        )
    return UserGenerateLockfiles(
        GenerateHashLock(
            resolve_name=lock.name,
            lockfile_dest=lock.path,
            diff=False,
            lock=lock,
            upgrade=tuple(hash_locks.upgrade),
        )
        for lock in locks
    )


@rule
def wrap_hash_lock(request: GenerateHashLock) -> WrappedGenerateLockfile:
    return WrappedGenerateLockfile(request)


@rule(desc="Resolve with pip-tools", level=LogLevel.DEBUG)
async def generate_hash_lock(
    request: GenerateHashLock, pip_tools: PipTools
) -> GenerateLockfileResult:
    lock = request.lock
    kept = lock_file.kept(lock.text, python=lock.inputs.python, upgrade=request.upgrade)
    # pip-compile resolves for the Python that runs it, and for no other.
    pex = await venv_pex(
        pip_tools.to_pex_request(
            interpreter_constraints=InterpreterConstraints([f"CPython=={lock.inputs.python}.*"])
        )
    )
    result = await engine.attempt_tool(
        VenvPexProcess(
            pex,
            argv=pip_compile.arguments(lock.path, lock.inputs.paths),
            input_digest=await engine.digest_of(
                {
                    **dict(lock.requirements),
                    lock.path: kept,
                    pip_compile.SCRIPT: pip_compile.script(),
                }
            ),
            extra_env={
                **await engine.environment(INDEX_ENVIRONMENT),
                "PEX_INTERPRETER": "1",
            },
            append_only_caches={"hash_locks": pip_compile.CACHE},
            output_files=(lock.path,),
            description=f"Make {lock.name} for Python {lock.inputs.python}",
            # What an index answers is no function of the request: it is asked once a session.
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    if result.exit_code != 0:
        raise GenerateLocksError(
            f"{lock.path} cannot be made from {', '.join(lock.inputs.paths)}.\n"
            f"{pip_compile.explain(result.stderr.decode())}\n"
            "No lock was written."
        )
    body = (await engine.contents(result.output_digest))[lock.path]
    text = lock_file.render(
        body, lock.inputs, command=f"./pants generate-lockfiles --resolve={lock.name}"
    )
    return GenerateLockfileResult(
        await engine.digest_of({lock.path: text}),
        lock.name,
        lock.path,
        _difference(lock, text) if request.diff else None,
    )


def _difference(lock: HashLock, text: str) -> LockfileDiff:
    return LockfileDiff.create(lock.path, lock.name, _packages(lock.text or ""), _packages(text))


def _packages(lock: str) -> LockfilePackages:
    return LockfilePackages(
        {name: _version(version) for name, version in sorted(lock_file.pins(lock).items())}
    )


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")  # A direct reference: an archive has no order.


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(GenerateLockfile, GenerateHashLock),
        UnionRule(KnownUserResolveNamesRequest, KnownHashLocksRequest),
        UnionRule(RequestedUserResolveNames, RequestedHashLocks),
    )
