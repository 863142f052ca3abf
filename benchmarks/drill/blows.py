"""Which faults come when, and what the state that is found afterwards means."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

#: What becomes of a process while it runs.
KILLS = ("kill", "kill writing", "kill daemon")
#: Part -> digest of it; what is not there has no entry.
Parts = Mapping[str, str]

GOOD = ("old", "new", "in part")
BAD = ("NEITHER", "NEXT RUN FAILED", "CAUSE NOT TOLD", "LEFT BEHIND")


@dataclass(frozen=True)
class Blow:
    """One fault: of which kind, to which command, and at which part (0..1) of an undisturbed run."""

    command: str
    fault: str
    moment: float


@dataclass(frozen=True)
class Known:
    """The two states of a command: before an undisturbed run, and after it."""

    old: Parts
    new: Parts
    #: Whether all of it changes at one moment; else each part does.
    whole: bool = True


def schedule(seed: int, commands: Mapping[str, Sequence[str]]) -> Iterator[Blow]:
    """The faults to come, without end; the same for the same seed. Commands take turns.

    Each fault of a command (name -> its faults) comes once, and then chance decides, two times of three
    for a kill.
    """
    chance = random.Random(seed)
    first = {name: chance.sample(faults, len(faults)) for name, faults in commands.items()}
    while True:
        for name, faults in commands.items():
            kills = [fault for fault in faults if fault in KILLS]
            if first[name]:
                fault = first[name].pop()
            elif kills and chance.random() < 2 / 3:
                fault = chance.choice(kills)
            else:
                fault = chance.choice(list(faults))
            yield Blow(name, fault, chance.random())


def standing(known: Known, found: Parts) -> str:
    """`old`, `new`, `in part` (where it may be), or `NEITHER`."""
    if found == known.old:
        return "old"
    if found == known.new:
        return "new"
    names = {*known.old, *known.new, *found}
    each = all(found.get(n) in (known.old.get(n), known.new.get(n)) for n in names)
    return "in part" if each and not known.whole else "NEITHER"


@dataclass(frozen=True)
class Aftermath:
    """What was found after a fault, and after the same command was run once more."""

    found: Parts
    status: int
    said: str
    again: int
    after: Parts
    left_behind: str = ""


def verdict(known: Known, aftermath: Aftermath, causes: Sequence[str], done: Sequence[int]) -> str:
    """How a blow ended: one of `GOOD` or `BAD`.

    A run that failed (its status is none of `done`) has to say one of `causes`; of a run that was killed
    nothing is expected: there are no causes then.
    """
    state = standing(known, aftermath.found)
    if state == "NEITHER":
        return state
    if aftermath.again not in done or aftermath.after != known.new:
        return "NEXT RUN FAILED"
    if aftermath.left_behind:
        return "LEFT BEHIND"
    failed = aftermath.status not in done
    told = any(cause.lower() in aftermath.said.lower() for cause in causes)
    if causes and failed and not told:
        return "CAUSE NOT TOLD"
    return state


def table(counts: "Counter[tuple[str, str, str]]") -> str:
    """A line for each command and fault, with how often it ended in which way."""
    shown = [*GOOD, *(each for each in BAD if any(key[2] == each for key in counts))]
    lines = [f"{'command':20} {'fault':24}" + "".join(f"{each:>17}" for each in ("times", *shown))]
    for command, fault in sorted({key[:2] for key in counts}):
        numbers = [counts[command, fault, each] for each in shown]
        cells = "".join(f"{number:>17}" for number in (sum(numbers), *numbers))
        lines.append(f"{command:20} {fault:24}{cells}")
    lost = sum(number for key, number in counts.items() if key[2] in BAD)
    kills = sum(number for key, number in counts.items() if key[1] in KILLS)
    return "\n".join(
        [*lines, f"{sum(counts.values())} faults, {kills} of them kills; {lost} amiss"]
    )
