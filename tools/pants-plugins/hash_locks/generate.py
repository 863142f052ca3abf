"""The locks behind `generate-lockfiles`: all of a run are written, or none."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Iterable

from packaging.version import InvalidVersion, Version
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.base.build_root import BuildRoot
from pants.core.goals import generate_lockfiles
from pants.core.goals.generate_lockfiles import (
    GenerateLockfile,
    GenerateLockfileResult,
    GenerateLockfilesSubsystem,
    KnownUserResolveNames,
    KnownUserResolveNamesRequest,
    LockfileDiff,
    LockfilePackages,
    RequestedUserResolveNames,
    UserGenerateLockfiles,
)
from pants.engine.process import ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionMembership, UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from hash_locks import engine, lock_file, pip_compile
from hash_locks.disk_room import no_room
from hash_locks.forks import bad_forks
from hash_locks.index_environment import INDEX_ENVIRONMENT
from hash_locks.loading import HashLock, load, lock_name
from hash_locks.subsystem import HashLocks, PipTools

logger = logging.getLogger(__name__)


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
async def known_hash_locks(
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
    tools = engine.tool_resolves(union_membership)
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


if hasattr(generate_lockfiles, "WrappedGenerateLockfile"):
    # Where the goal cannot call the rule of a union's member by name.
    from pants.core.goals.generate_lockfiles import (  # type: ignore[attr-defined,unused-ignore]
        WrappedGenerateLockfile,
    )

    @rule
    async def wrap_hash_lock(request: GenerateHashLock) -> WrappedGenerateLockfile:
        return WrappedGenerateLockfile(request)


@rule(desc="Resolve with pip-tools", level=LogLevel.DEBUG)
async def generate_hash_lock(
    request: GenerateHashLock, hash_locks: HashLocks, pip_tools: PipTools
) -> GenerateLockfileResult:
    lock = request.lock
    oldest = lock.inputs.pythons[0]
    # Markers and files are those of the Python that is resolved for; what comes as a source archive
    # alone says what it requires by running.
    pex = await engine.installed(
        pip_tools.to_pex_request(
            interpreter_constraints=InterpreterConstraints([f"CPython=={oldest}.*"])
        )
    )
    result = await engine.attempt_tool(
        VenvPexProcess(
            pex,
            argv=pip_compile.ARGUMENTS,
            input_digest=await engine.digest_of(
                pip_compile.files(
                    lock.path,
                    lock.inputs,
                    existing=lock.text,
                    upgrade=request.upgrade,
                    cooldown_days=hash_locks.cooldown_days,
                    cooldown_exempt=hash_locks.cooldown_exempt,
                )
            ),
            extra_env={
                **await engine.environment(INDEX_ENVIRONMENT),
                "PEX_INTERPRETER": "1",
            },
            append_only_caches={"hash_locks": pip_compile.CACHE},
            output_files=(lock.path, pip_compile.NOTICES),
            description=f"Make {lock.name} for Python {', '.join(lock.inputs.pythons)}",
            # What an index answers is no function of the request: it is asked once a session.
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    if result.exit_code != 0:
        raise _failure(lock, pip_compile.explain(result.stderr.decode()))
    made = await engine.contents(result.output_digest)
    command = f"{bin_name()} generate-lockfiles --resolve={lock.name}"
    for notice in pip_compile.told(made[pip_compile.NOTICES], lock=lock.path, command=command):
        logger.warning(notice)
    text = lock_file.render(made[lock.path], lock.inputs, command=command)
    problem = no_room(BuildRoot().path)
    if problem:
        raise _failure(lock, problem)
    missing = list(lock_file.unmet(text, lock.inputs))
    if missing:
        raise _failure(lock, "\n".join(f"What pip-compile made {each}." for each in missing))
    return GenerateLockfileResult(
        await engine.digest_of({lock.path: text}),
        lock.name,
        lock.path,
        _difference(lock, text) if request.diff else None,
    )


def _failure(lock: HashLock, why: str) -> GenerateLocksError:
    return GenerateLocksError(
        f"{lock.path} cannot be made from {', '.join(lock.inputs.paths)}.\n{why}\nNo lock was written."
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
