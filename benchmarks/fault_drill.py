"""What a fault leaves behind: commands killed, stopped and starved at random moments, and counted.

    ./pants run benchmarks/fault_drill.py -- --minutes=10

Each command runs in a folder of its own, against an index on loopback. After each fault its files are in the
old state or in the new one, and the same command, run again, succeeds. The schedule is that of a
seed, so that a finding can be had again. Prints a table of counts; exits 1 if a state was neither, or a
run after a fault failed.

The faults: `kill` and `term` at a random moment of the run, `handles` (four files may be open beside the
three that are), `disk` (no file may grow past some hundred bytes, which is how a full disk looks to a
program). Commands so far: `release-sampler plan`, and a board that is sent a report; those of Pants, and the watcher
(which `watcher_soak.py` kills), are not in it yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from board_history import realistic_history
from matrix_results import encode
from sampler_index import Reply, serve, wheel

FAULTS = ("kill", "kill", "term", "handles", "disk")
#: Seconds. Nothing here takes as long, but on a machine with a lot to do.
_PATIENCE = 120


@dataclass(frozen=True)
class Blow:
    """One fault: of which kind, to which command, and at which part (0..1) of an undisturbed run."""

    command: str
    fault: str
    moment: float


@dataclass(frozen=True)
class Command:
    """A command line, its environment, and how its state is told; `reset` brings the old state back."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    reset: Callable[[], object]
    state: Callable[[], str]


def schedule(seed: int, commands: Iterable[str]) -> Iterator[Blow]:
    """The faults to come, without end; the same for the same seed. Commands take turns."""
    chance, names = random.Random(seed), tuple(commands)
    while True:
        for name in names:
            yield Blow(name, chance.choice(FAULTS), chance.random())


def verdict(old: str, new: str, found: str, again: int, after: str) -> str:
    """`old`, `new`, or what is wrong: a state that is neither, or a next run that does not mend all."""
    if found not in (old, new):
        return "NEITHER OLD NOR NEW"
    if again != 0 or after != new:
        return "NEXT RUN FAILED"
    return "old" if found == old else "new"


def table(counts: "Counter[tuple[str, str, str]]") -> str:
    """A line for each command and fault, with how often it ended in which state."""
    outcomes = ("old", "new", "NEITHER OLD NOR NEW", "NEXT RUN FAILED")
    lines = [f"{'command':10} {'fault':8}" + "".join(f"{each:>21}" for each in outcomes)]
    for command, fault in sorted({key[:2] for key in counts}):
        numbers = "".join(f"{counts[command, fault, each]:>21}" for each in outcomes)
        lines.append(f"{command:10} {fault:8}{numbers}")
    return "\n".join([*lines, f"{sum(counts.values())} faults"])


def files_state(folder: Path) -> str:
    """The names and contents of the files of a folder."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            told.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return told.hexdigest()


def rows_state(file: Path) -> str:
    """How many rows the tables of a database have; that it is not sound is a state of its own."""
    with sqlite3.connect(file) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        rows = {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in names.fetchall()
        }
    return f"{sound} {rows}"


def _limit(fault: str) -> None:
    """In the child, before the command."""
    if fault == "handles":
        resource.setrlimit(resource.RLIMIT_NOFILE, (7, 7))
    if fault == "disk":
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))


def _start(command: Command, fault: str = "") -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command.argv,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: _limit(fault),
    )


def _strike(command: Command, blow: Blow, seconds: float) -> None:
    process = _start(command, blow.fault)
    if blow.fault in ("kill", "term"):
        with suppress(subprocess.TimeoutExpired):
            process.wait(blow.moment * seconds)
        process.send_signal(signal.SIGKILL if blow.fault == "kill" else signal.SIGTERM)
    try:
        process.wait(_PATIENCE)
    finally:
        process.kill()
        process.wait()


def _sampler(folder: Path, stack: ExitStack) -> Command:
    index = stack.enter_context(serve())
    versions = [f"1.{number}" for number in range(30)]
    wheels = [f"thing-{version}-py3-none-any.whl" for version in versions]
    index.page("thing", {name: {"upload-time": "2024-01-01"} for name in wheels})
    index.replies.update({f"/files/{name}": Reply(wheel("3.8", "3.9")) for name in wheels})
    request = {
        "suite": {"package": "thing", "python": {"*": ">=3.8"}, "samples": None, "sdists": []},
        "policy": {"target_pythons": ["3.8.18", "3.9.18"], "samples": 5, "cooldown_days": 3},
        "mode": "poll",
        "as_of": "2026-11-21T06:00:00Z",
        "upgrade": False,
    }
    (folder / "request.json").write_text(json.dumps(request))
    previous, output = folder / "previous", folder / "output"
    previous.mkdir()
    output.mkdir()

    def reset() -> None:
        for path in output.iterdir():
            path.unlink()

    return Command(
        (
            *(sys.executable, "-m", "release_sampler", "plan"),
            f"--request={folder / 'request.json'}",
            f"--previous={previous}",
            f"--output={output}",
        ),
        {
            "PIP_INDEX_URL": index.simple,
            "PIP_CONFIG_FILE": os.devnull,
            "XDG_CACHE_HOME": str(folder / "cache"),
            "NO_PROXY": "127.0.0.1",
        },
        reset,
        lambda: files_state(output),
    )


# A board in this process, sent one report.
_SEND = """
import sys
from pathlib import Path
from board_testing.inside import Board
answer = Board(Path(sys.argv[1])).send(Path(sys.argv[2]).read_bytes())
sys.exit(answer.status_code >= 300)
"""


def _board(folder: Path, stack: ExitStack) -> Command:
    report, file, kept = folder / "report.json", folder / "board.sqlite3", folder / "kept.sqlite3"
    first, second = realistic_history(2)[-2:]
    command = Command(
        (sys.executable, "-c", _SEND, str(folder), str(report)),
        {},
        lambda: _restore(kept, file),
        lambda: rows_state(file),
    )
    report.write_bytes(encode(first))
    if _start(command).wait(_PATIENCE) != 0:
        raise SystemExit("the board takes no report, without any fault")
    with sqlite3.connect(file) as source, sqlite3.connect(kept) as target:
        source.backup(target)
    report.write_bytes(encode(second))
    return command


def _restore(kept: Path, file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    file.write_bytes(kept.read_bytes())


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    told = options.parse_args()
    counts: "Counter[tuple[str, str, str]]" = Counter()
    end = time.monotonic() + told.minutes * 60
    with ExitStack() as stack:
        commands = {}
        for name, make in (("plan", _sampler), ("board", _board)):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            commands[name] = make(folder, stack)
        known = {name: _undisturbed(command) for name, command in commands.items()}
        for blow in schedule(told.seed, commands):
            if time.monotonic() > end:
                break
            command, (old, new, seconds) = commands[blow.command], known[blow.command]
            command.reset()
            _strike(command, blow, seconds)
            found = command.state()
            again = _start(command).wait(_PATIENCE)
            outcome = verdict(old, new, found, again, command.state())
            counts[blow.command, blow.fault, outcome] += 1
            if outcome not in ("old", "new"):
                print(f"{outcome}: {blow}")
    print(table(counts))
    return 1 if any(outcome.isupper() for _, _, outcome in counts) else 0


def _undisturbed(command: Command) -> "tuple[str, str, float]":
    """The old state, the new one, and how long it takes from the one to the other."""
    command.reset()
    old, start = command.state(), time.monotonic()
    if _start(command).wait(_PATIENCE) != 0:
        raise SystemExit(f"{' '.join(command.argv)} fails without any fault")
    return old, command.state(), time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
