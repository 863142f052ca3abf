"""What a fault leaves behind: commands struck at random moments, and what stands then counted.

    ./pants run benchmarks/fault_drill.py -- --minutes=10
    ./pants run benchmarks/fault_drill.py -- --minutes=30 --commands generate-matrix test
    ./pants run benchmarks/fault_drill.py -- --minutes=10 --seed=7 --without-pants

Each command has a folder of its own, a small disk where one may be mounted, and asks an index on
loopback; those of Pants run in a small repository with this repository's plugins, and stores of their
own. After each fault its files are in the old state or in the new, byte by byte; where a command does
several things one after the other, each of them is. The message of a run that failed names the cause;
and the same command, run again without the fault, succeeds and leaves nothing else behind. The schedule
is that of a seed, so that a finding can be had again.

`kill` and `term` come at a random moment of the run, `kill writing` within milliseconds of the first
change, `kill daemon` strikes the daemon of Pants and not its client. `handles` leaves a few file
handles, `disk` between none and 128 KB (or no more than 300 bytes a file, where no disk may be
mounted), `clock back` and `clock forward` are a year. What is wrong beforehand (answers of the index, caches,
locks) has its name from what it is.

Prints what is amiss at once and a table at the end; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from drill.blows import BAD, Blow, schedule, table
from drill.commands import Command
from drill.drilling import Drill, undisturbed
from drill.index import Index, served
from drill.pants_commands import PANTS_COMMANDS, pants_commands
from drill.sampler import planning
from drill.services import receiving, watching
from drill.small_disk import Disk, disk
from drill.striking import possible
from drill.updates import preparing, publishing

OTHERS = ("plan", "board", "watcher", "prepare", "publish")


@contextmanager
def others(names: Sequence[str], room: Path) -> Iterator[dict[str, Command]]:
    """The commands that are no Pants."""
    with ExitStack() as stack:
        index = stack.enter_context(served())
        made = {}
        for name in names:
            folder = room / name
            folder.mkdir()
            own = stack.enter_context(disk(folder, 64))
            made[name] = _made(name, own, index)
        yield made


def _made(name: str, own: Disk, index: Index) -> Command:
    makers: Mapping[str, Callable[[], Command]] = {
        "plan": lambda: planning(own, index),
        "board": lambda: receiving(own),
        "watcher": lambda: watching(own, index),
        "prepare": lambda: preparing(own, index),
        "publish": lambda: publishing(own, index),
    }
    return makers[name]()


def main() -> int:
    """Prints the table; returns the exit code."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--commands", nargs="+", choices=(*OTHERS, *PANTS_COMMANDS))
    options.add_argument("--faults", nargs="+", help="no others; by default all")
    options.add_argument("--without-pants", action="store_true")
    options.add_argument("--source", type=Path, default=Path.cwd(), help="this repository")
    told = options.parse_args()
    # What was mounted is not to stay.
    signal.signal(signal.SIGTERM, _stop)
    names = told.commands or (OTHERS if told.without_pants else (*OTHERS, *PANTS_COMMANDS))
    counts: "Counter[tuple[str, str, str]]" = Counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, ExitStack() as stack:
        room = Path(temporary)
        commands = stack.enter_context(others([n for n in names if n in OTHERS], room))
        pants = [name for name in names if name in PANTS_COMMANDS]
        if pants:
            commands |= stack.enter_context(pants_commands(pants, room, told.source.resolve()))
        faults = {name: _possible(commands[name], told.faults) for name in commands}
        faults = {name: found for name, found in faults.items() if found}
        drills = {name: undisturbed(name, commands[name]) for name in faults}
        # To get there takes minutes, where Pants is in it.
        end = time.monotonic() + told.minutes * 60
        try:
            for blow in schedule(told.seed, faults):
                if time.monotonic() > end:
                    break
                counts[blow.command, blow.fault, _struck(drills[blow.command], blow)] += 1
        finally:
            # Whoever ends it has what was found until then.
            print(table(counts), flush=True)
    return 1 if any(outcome in BAD for _, _, outcome in counts) else 0


def _possible(command: Command, wanted: Sequence[str] | None) -> tuple[str, ...]:
    for fault in command.faults:
        if possible(fault):
            print(f"not done: {fault}: {possible(fault)}")
    if not command.disk.small:
        print(f"{command.folder.name}: no disk could be mounted: no file may grow, instead")
    able = [fault for fault in command.all_faults if not possible(fault)]
    return tuple(fault for fault in able if wanted is None or fault in wanted)


def _struck(drill: Drill, blow: Blow) -> str:
    start = time.monotonic()
    outcome, why = drill.struck(blow)
    seconds = time.monotonic() - start
    line = f"{blow.command:20} {blow.fault:24} {blow.moment:5.2f} {seconds:6.1f} s  {outcome}"
    print(f"{line}\n{why}\n" if outcome in BAD else line, flush=True)
    return outcome


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
