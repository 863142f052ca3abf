"""The services: a board that is sent a report, and a watcher that polls, records and tells."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from board_history import realistic_history
from drill.commands import Command, python, python_path, rows_parts, tables_of
from drill.index import Index, wheel
from drill.sampler import index_environment
from drill.small_disk import Disk
from drill.striking import run
from matrix_results import encode

_PROJECT = "drill-watched"
#: A board in a process of its own, sent one report.
_SEND = """
import sys
from pathlib import Path
from board_testing.inside import Board
answer = Board(Path(sys.argv[1])).send(Path(sys.argv[2]).read_bytes())
if answer.status_code >= 300:
    print(answer.text)
sys.exit(answer.status_code >= 300)
"""
#: What the watcher knows; events that it has told it may forget, by a clock that goes wrong.
_KNOWN = {"known": "SELECT package, version, state FROM releases ORDER BY 1, 2"}


def receiving(disk: Disk) -> Command:
    """A board with a run, that is sent the next one."""
    room = disk.folder
    report, file, kept = room / "report.json", room / "board/board.sqlite3", room / "kept.sqlite3"
    file.parent.mkdir()
    first, second = realistic_history(2)[-2:]
    command = Command(
        argv=(sys.executable, "-c", _SEND, str(file.parent), str(report)),
        environment=python_path(),
        folder=room,
        disk=disk,
        written=file.parent,
        reset=lambda: restore(kept, file),
        state=lambda: rows_parts(file, tables_of(file)),
        logs=True,
    )
    report.write_bytes(encode(first))
    keep(command, kept, file)
    report.write_bytes(encode(second))
    return command


def watching(disk: Disk, index: Index) -> Command:
    """A watcher that knows a release of a package, polls, and finds two more."""
    room = disk.folder
    file, kept = room / "watcher/watcher.sqlite", room / "kept.sqlite"
    file.parent.mkdir()
    # Not on its disk: whoever is told is another machine.
    heard = room.with_name(f"{room.name}-heard")
    index.release(_PROJECT, wheel(_PROJECT, "1.0"))

    def reset() -> None:
        restore(kept, file)
        heard.write_text("")

    def told() -> dict[str, str]:
        # Once at least: who was killed while it told tells again.
        return {f"told {key}": "yes" for key in heard.read_text().splitlines()}

    command = Command(
        argv=python("release_watcher", "poll-once"),
        environment={
            **index_environment(index),
            "RELEASE_WATCHER_PACKAGES": json.dumps([_PROJECT]),
            "RELEASE_WATCHER_DATABASE": str(file),
            "RELEASE_WATCHER_TRIGGER_COMMAND": json.dumps(
                ["/bin/sh", "-c", f'echo "$RELEASE_WATCHER_KEY" >> "{heard}"']
            ),
            # The next run takes up at once.
            "RELEASE_WATCHER_DELIVERY_RETRY": "0.001",
            "RELEASE_WATCHER_DELIVERY_BACKOFF_MAX": "0.001",
        },
        folder=room,
        disk=disk,
        written=file.parent,
        reset=reset,
        state=lambda: {**rows_parts(file, _KNOWN), **told()},
        sabotages=index.sabotages(_PROJECT),
        # What was recorded may be told by the next run.
        whole=False,
    )
    keep(command, kept, file)
    index.release(_PROJECT, *(wheel(_PROJECT, version) for version in ("1.0", "1.1", "2.0")))
    return command


def keep(command: Command, kept: Path, file: Path) -> None:
    """Runs the command once, and keeps the database that it leaves; raises `SystemExit`."""
    ended = run(command)
    if ended.status not in command.done:
        raise SystemExit(f"{command.argv}, without any fault: {ended.said}")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(kept)) as target:
        source.backup(target)


def restore(kept: Path, file: Path) -> None:
    """Puts a database back, without what others have left beside it."""
    for path in file.parent.iterdir():
        path.unlink()
    shutil.copy(kept, file)
