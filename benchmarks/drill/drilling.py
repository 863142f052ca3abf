"""One command under one fault after the other: reset, strike, look, run again, look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drill.blows import KILLS, Aftermath, Blow, Known, Parts, verdict
from drill.commands import Command
from drill.striking import CAUSES, run, strike


@dataclass(frozen=True)
class Drill:
    """A command, its two states, and the seconds that it takes."""

    command: Command
    known: Known
    seconds: float

    def struck(self, blow: Blow) -> tuple[str, str]:
        """What comes of a fault: how it ended, and what was seen, for whoever has to mend it."""
        command = self.command
        command.reset()
        sabotage = command.sabotages.get(blow.fault)
        undo = sabotage.begin() if sabotage else lambda: None
        try:
            ended = strike(command, blow, self.seconds)
        finally:
            undo()
        # What is wrong beforehand, and is put right, is nothing that the command has done.
        found = command.state()
        again = run(command)
        said = ended.said
        if "Traceback (most recent" in said and not command.logs:
            # A message for developers is none.
            said = said.partition("Traceback (most recent")[0]
        aftermath = Aftermath(
            found, ended.status, said, again.status, command.state(), command.left_behind()
        )
        outcome = verdict(self.known, aftermath, self._causes(blow), command.done)
        seen = [
            f"status {ended.status} after {ended.seconds:.1f} s, of {self.seconds:.1f}",
            f"found {_differing(self.known, aftermath.found)}",
            f"said: {ended.said[-1500:]}",
            f"again {again.status}: {again.said[-1500:]}",
            f"then {_differing(self.known, aftermath.after)}; left {aftermath.left_behind}",
        ]
        return outcome, "\n".join(seen)

    def _causes(self, blow: Blow) -> tuple[str, ...]:
        """What a run that fails has to say; of one that was killed nothing is expected."""
        if blow.fault in (*KILLS, "term"):
            return ()
        sabotage = self.command.sabotages.get(blow.fault)
        return sabotage.causes if sabotage else CAUSES[blow.fault]


def undisturbed(name: str, command: Command, *, warm: bool = False) -> Drill:
    """Learns the states of a command, and how long it takes; raises `SystemExit` if it fails.

    Unless caches are `warm`, or it is of no interest that they are not, it is run twice for that.
    """
    for _ in range(1 if warm else 2):
        command.reset()
        old = command.state()
        ended = run(command)
        new = command.state()
        if ended.status not in command.done or command.left_behind():
            raise SystemExit(f"{name} fails without any fault:\n{ended.said}")
    print(f"{name}: {ended.seconds:.1f} s", flush=True)
    return Drill(command, Known(old, new, command.whole), ended.seconds)


def _differing(known: Known, found: Parts) -> Mapping[str, str]:
    """Which parts are old, new or neither, of those that change or should not have."""

    def state(name: str) -> str:
        part = found.get(name)
        if part == known.old.get(name):
            return "old"
        return "new" if part == known.new.get(name) else "NEITHER"

    names = sorted({*known.old, *known.new, *found})
    unchanged = {name for name in names if known.old.get(name) == known.new.get(name)}
    told = {name: state(name) for name in names}
    return {name: s for name, s in told.items() if name not in unchanged or s == "NEITHER"}
