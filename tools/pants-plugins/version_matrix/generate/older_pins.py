"""Which pins of new locks are older only because a newer release has no wheel.

The index tells which newer releases have none, and the resolver, given an empty wheel of each,
whether it would have taken one: what else the lock requires may speak against it. Nothing is
built for that.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Iterable, Mapping, Sequence

from packaging.version import Version
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.generate.requests import (
    LockRequest,
    LockResult,
    NewLock,
    OlderPins,
    OlderPinsRequest,
)
from version_matrix.generate.sampler import run_sampler
from version_matrix.stanza import lock_file, lock_markers, python_names
from version_matrix.stanza.suite import project_name
from version_matrix.tools.subsystems import IndexClient

_REQUEST = "wheelless.json"

Releases = Mapping[str, Sequence[str]]
"""Project -> versions, ascending."""


@rule(desc="Look for releases without wheels", level=LogLevel.DEBUG)
async def find_older_pins(request: OlderPinsRequest, index_client: IndexClient) -> OlderPins:
    result = await run_sampler(
        index_client,
        ("wheelless", f"--request={_REQUEST}"),
        {_REQUEST: question(request.locks)},
        polls_index=True,
        description=f"Look for releases without wheels for {request.suite}",
    )
    if result.exit_code != 0:
        why = result.stderr.decode().strip()
        return OlderPins((f"whether a pin is older for want of a wheel is not known: {why}",))
    answers: list[Releases] = json.loads(result.stdout)
    doubtful = [(lock, wheelless) for lock, wheelless in zip(request.locks, answers) if wheelless]
    tried = await engine.locked([without_wheels(lock, wheelless) for lock, wheelless in doubtful])
    return OlderPins(notes((*asked, result) for asked, result in zip(doubtful, tried)))


def question(locks: Iterable[NewLock]) -> bytes:
    """What release-sampler is asked: the pins that were free to be the newest, by lock."""
    asked = tuple(locks)
    # One policy holds for all of a suite's locks.
    platforms = {lock.request.inputs.platforms for lock in asked}
    until = {lock.request.cooled_by or lock.request.as_of for lock in asked}
    return json.dumps(
        {
            "as_of": max(until),
            **({"platforms": list(max(platforms))} if any(platforms) else {}),
            "locks": [
                {
                    "pins": {name: str(version) for name, version in _free_pins(lock).items()},
                    "pythons": [python_names.minor(p) for p in lock.request.inputs.pythons],
                }
                for lock in asked
            ],
        }
    ).encode()


def without_wheels(lock: NewLock, wheelless: Releases) -> LockRequest:
    """The lock again, as if these releases had wheels; all other pins stay where they can."""
    return dataclasses.replace(
        lock.request,
        kept=lock_file.without_projects(lock_file.without_hashes(lock.body), wheelless),
        stubs=tuple((name, version) for name in wheelless for version in wheelless[name]),
    )


def notes(tried: Iterable[tuple[NewLock, Releases, LockResult]]) -> tuple[str, ...]:
    """A line for each pin that the resolver would have had newer, with the samples that hold it."""
    held: dict[tuple[str, Version, Version], list[str]] = {}
    for lock, wheelless, result in tried:
        pins = lock_file.pins(result.body)
        for name, pin in _free_pins(lock).items():
            taken = max(map(Version, pins.get(name, ())), default=pin)
            if taken > pin and taken in map(Version, wheelless.get(name, ())):
                held.setdefault((name, pin, taken), []).append(lock.version)
    return tuple(
        f"{name} {pin} is older than {newer}, which has no wheel (in the "
        f"{pluralize(len(samples), 'lock', include_count=False)} of {', '.join(samples)})"
        for (name, pin, newer), samples in held.items()
    )


def _free_pins(lock: NewLock) -> dict[str, Version]:
    """Project -> newest pin, but for what the suite itself pins, holds low or lets be built.

    What no cell installs, since it is for other platforms than the first, is nobody's concern.
    """
    inputs = lock.request.inputs
    settled = {*inputs.sampled, *inputs.sdists, *map(project_name, inputs.lowest)}
    wanted = "".join(
        f"{pin}\n"
        for pin in lock_file.without_hashes(lock.body).splitlines()
        if not inputs.platforms or lock_markers.is_wanted(pin, inputs.pythons, inputs.platforms[0])
    )
    return {
        name: max(map(Version, versions))
        for name, versions in lock_file.pins(wanted).items()
        if name not in settled
    }


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
