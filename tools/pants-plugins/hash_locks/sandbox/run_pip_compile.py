"""Runs pip-compile in its sandbox, for every Python and platform that a lock is for.

pip-compile resolves for the Python and the platform that run it. Here it resolves for the first
environment; whatever else the metadata of its pins makes another environment need, it resolves for
that one as well, with the pins that there are as what it starts from; and one lock is made of all.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Iterable, Sequence

if __name__ == "__main__":
    # Beside it lies what it imports of the plugin.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pip._internal.exceptions import PipError
from piptools.exceptions import PipToolsError
from piptools.scripts.compile import cli

from hash_locks.carried import pins as pins_
from hash_locks.carried.closure import Release, closure
from hash_locks.carried.environments import Environment
from hash_locks.carried.pins import Pin
from hash_locks.carried.union import union
from hash_locks.sandbox import whole_pages
from hash_locks.sandbox.cooldown import CoolDown
from hash_locks.sandbox.failures import Failures, explain, unreachable
from hash_locks.sandbox.observation import Observation
from hash_locks.sandbox.target import resolving_for


class CompileError(Exception):
    """No lock can be made; the text says why."""


Pins = dict[str, Pin]


@dataclass(frozen=True)
class Resolution:
    """What one run of pip-compile settled on, by project, and what the metadata of that says."""

    pins: Pins
    releases: dict[str, Release]


@dataclass
class Compiler:
    """Makes one lock.

    Attributes:
        flags: those of pip-compile.
        lock: where it writes, and the pins that it starts from are.
        inputs: the requirements files.
        roots: what they require, each with the name of its file.
        kept: the pins of the lock that there is.
    """

    flags: Sequence[str]
    lock: Path
    inputs: Sequence[str]
    roots: Sequence[tuple[str, str]]
    kept: Sequence[Pin]
    seen: Observation
    failures: Failures
    cooldown: CoolDown
    resolutions: list[Resolution] = field(default_factory=list)

    def compile(self, environments: Iterable[Environment]) -> tuple[Pin, ...]:
        """The pins of the lock; raises CompileError."""
        return union({each: self._needed(each).values() for each in environments})

    def _needed(self, environment: Environment) -> Pins:
        """What an environment needs: of what others need, if that will do."""
        kept = self._kept_in(environment)
        together = Resolution({}, {})
        for resolution in self.resolutions:
            for name in resolution.pins.keys() - together.pins.keys():
                together.pins[name] = resolution.pins[name]
                together.releases[name] = resolution.releases[name]
        for resolution in (*reversed(self.resolutions), together):
            reached = closure(self.roots, resolution.releases, environment)
            if reached is None:
                continue
            pins = {name: replace(resolution.pins[name], via=via) for name, via in reached.items()}
            if all(self._will_do(pin, kept.get(pin.name), environment) for pin in pins.values()):
                return pins
        return self._resolved(environment, kept, together.pins)

    def _will_do(self, pin: Pin, kept: Pin | None, environment: Environment) -> bool:
        """Whether an environment may have a pin that another one has."""
        if kept is not None and kept.release != pin.release:
            return False
        if not self._may_be_built(kept) and self.seen.must_be_built(pin, environment):
            return False
        return self.seen.can_install(pin, environment)

    def _may_be_built(self, kept: Pin | None) -> bool:
        """Whether a pin may stay that others install from a wheel, and that is built here.

        What a lock holds for these environments stays. Otherwise there may be another release for this
        one; a lock that was made for other environments came here without its hashes.
        """
        return kept is not None and bool(kept.hashes)

    def _resolved(self, environment: Environment, kept: Pins, others: Pins) -> Pins:
        start = {
            name: pin
            for name, pin in {**others, **kept}.items()
            if self._may_be_built(kept.get(name)) or not self.seen.must_be_built(pin, environment)
        }
        try:
            pins = self._run(environment, start)
        except CompileError:
            # pip-compile does not give up every pin that cannot be had here; now it is known which.
            possible = {n: each for n, each in start.items() if self.seen.is_for(each, environment)}
            if possible == start or self.failures.messages:
                raise
            pins = self._run(environment, possible)
        torn = [name for name, pin in pins.items() if not self.seen.can_install(pin, environment)]
        if torn:
            # The lock holds hashes of other files: those for this environment are asked for.
            for name in torn:
                start[name] = replace(pins[name], hashes=frozenset())
            pins = self._run(
                environment, {name: start.get(name, pin) for name, pin in pins.items()}
            )
        releases = {name: self.seen.releases[name] for name in pins}
        self.resolutions.append(Resolution(pins, releases))
        return pins

    def _run(self, environment: Environment, start: Pins) -> Pins:
        """One run of pip-compile, which moves only what it must of the pins it starts from."""
        bare = (replace(pin, marker="", via=frozenset()) for pin in start.values())
        self.lock.write_text(pins_.render(bare))
        self.seen.origins.clear()
        arguments = [*self.flags, f"--output-file={self.lock}", *self.inputs]
        try:
            with resolving_for(environment):
                cli(args=arguments, standalone_mode=False)
        except (PipError, PipToolsError) as error:
            known = {**self.cooldown.refused, **self.seen.warnings()}
            told = explain(error, self.failures, self.seen.origins, environment, known)
            raise CompileError(told) from None
        if self.failures.messages:
            raise CompileError(unreachable(self.failures))
        found = pins_.parse(self.lock.read_text())
        return {pin.name: replace(pin, marker="") for pin in found}

    def _kept_in(self, environment: Environment) -> Pins:
        kept: Pins = {}
        for pin in self.kept:
            if environment.holds(pins_.marker_of(pin)):
                kept.setdefault(pin.name, pin)
        return kept


def main(request: str, flags: Sequence[str]) -> int:
    """Makes the lock that the file `request` asks for, and beside it what the index says about its
    pins."""
    asked: dict[str, Any] = json.loads(Path(request).read_text())
    lock = Path(asked["lock"])
    failures, seen = Failures(), Observation()
    cooldown = CoolDown(
        datetime.now(timezone.utc) - timedelta(days=asked["cooldown_days"]),
        asked["cooldown_days"],
        exempt=frozenset(asked["cooldown_exempt"]),
        held={(name, version) for name, version in asked["held"]},
        prior_to=datetime.fromisoformat(asked["prior_to"]) if asked["prior_to"] else None,
    )
    if cooldown.days or cooldown.prior_to:
        cooldown.attach()
    seen.attach()
    whole_pages.attach()
    client = logging.getLogger("pip._internal.index.collector")
    client.setLevel(logging.DEBUG)
    client.addHandler(failures)
    existing = lock.read_text() if lock.exists() else ""
    compiler = Compiler(
        flags=flags,
        lock=lock,
        inputs=asked["inputs"],
        roots=[(requirement, f"-r {path}") for path, requirement in asked["requirements"]],
        kept=pins_.parse(existing),
        seen=seen,
        failures=failures,
        cooldown=cooldown,
    )
    try:
        pins = compiler.compile(Environment(*each) for each in asked["environments"])
    except CompileError as error:
        # The runs of pip-compile wrote there what they started from.
        lock.write_text(existing)
        print(error, file=sys.stderr)
        return 1
    lock.write_text(pins_.render(pins))
    Path(asked["notices"]).write_text(json.dumps(list(seen.notices(pins))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
