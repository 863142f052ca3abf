"""Reads a resolve's lock and the files it is made from."""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.python.subsystems.setup import PythonSetup

from hash_locks import engine, lock_file, requirements_file
from hash_locks.lock_file import LockInputs
from hash_locks.subsystem import HashLocks, prior_to, pythons


class MissingInputError(ValueError):
    """A resolve has no requirements file; the text says where it was expected."""


class NeverNeededError(ValueError):
    """A requirement holds nowhere; the text names file and line."""


@dataclass(frozen=True)
class HashLock:
    """The lock of a resolve at `path`, its text if there is one, and what it is made from."""

    resolve: str
    path: str
    text: str | None
    inputs: LockInputs

    @property
    def name(self) -> str:
        return lock_name(self.resolve)


def lock_name(resolve: str) -> str:
    """What `generate-lockfiles --resolve` calls the lock of a resolve."""
    return f"{resolve}.lock"


async def load(resolve: str, hash_locks: HashLocks, python_setup: PythonSetup) -> HashLock:
    """Reads lock and inputs of a resolve.

    Raises MissingInputError, RequirementsFileError, or ValueError if the resolve's interpreter
    constraints admit no Python, a platform is none, a date is none, or a requirement holds nowhere.
    """
    path = python_setup.resolves[resolve]
    globs = hash_locks.globs(resolve)
    requirements = await engine.read_files(globs)
    if not requirements:
        raise MissingInputError(
            f"The resolve `{resolve}` of [python.resolves] is made from {', '.join(globs)}, and "
            "there is no such file. Write it, name another in [hash-locks.inputs], or remove the "
            "resolve."
        )
    inputs = LockInputs(
        tuple((name, requirements_file.parse(text, name)) for name, text in requirements.items()),
        pythons(resolve, python_setup),
        hash_locks.checked_platforms(),
        prior_to(resolve, python_setup),
    )
    nowhere = lock_file.never_needed(inputs)
    if nowhere:
        raise NeverNeededError("\n".join(nowhere))
    existing = await engine.read_files([path])
    return HashLock(resolve, path, existing.get(path), inputs)
