"""Runs a command, and strikes it: the faults themselves."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from drill.blows import Blow
from drill.commands import CLOCKS, Command
from drill.small_disk import FILE_SIZE

#: Seconds. Nothing here takes as long, but on a machine with a lot to do.
PATIENCE = 600
#: What a command that fails has to say, one of them.
CAUSES: Mapping[str, tuple[str, ...]] = {
    "handles": ("Too many open files", "unable to open database", "os error 24", "errno 24"),
    "disk": (
        "No space left",
        "File too large",
        "disk is full",
        "disk I/O",
        "os error 28",
        "unable to write",
    ),
    "read-only": ("Permission denied", "Read-only", "readonly", "os error 13"),
    "clock back": ("time", "clock"),
    "clock forward": ("time", "clock"),
    "two at once": ("another", "lock", "exist", "concurrent", "meanwhile"),
}
# linux/prctl.h and linux/capability.h: to write and to read against the mode of a file.
_PR_CAPBSET_DROP = 24
_OVERRIDES = (1, 2)
_YEAR = {"clock back": "-365d", "clock forward": "+365d"}


@dataclass(frozen=True)
class Ended:
    """How a run ended, what it printed, and how many seconds it took."""

    status: int
    said: str
    seconds: float


def fake_clock() -> Path | None:
    """The library that puts another clock before a process (`libfaketime` of Debian)."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return found[0] if found else None


def possible(fault: str) -> str:
    """Why a fault cannot be brought about on this machine; empty if it can."""
    if fault in CLOCKS and fake_clock() is None:
        return "libfaketime is not installed"
    if fault == "read-only" and os.geteuid() == 0 and sys.platform != "linux":
        return "root may write everywhere"
    return ""


def run(command: Command) -> Ended:
    """The command, undisturbed."""
    return _Struck(command, Blow("", "", 0.0)).run(lambda _: None)


def strike(command: Command, blow: Blow, seconds: float) -> Ended:
    """The command under a fault; undisturbed it takes so many seconds."""

    def kill(process: "subprocess.Popen[bytes]", number: int = signal.SIGKILL) -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(blow.moment * seconds)
            return
        process.send_signal(number)

    def kill_writing(process: "subprocess.Popen[bytes]") -> None:
        watched = command.watched or (command.written,)
        before = list(map(_glance, watched))
        while process.poll() is None and list(map(_glance, watched)) == before:
            time.sleep(0.0002)
        # What follows the first sign of a change takes milliseconds.
        time.sleep(blow.moment * 0.005)
        process.kill()

    def kill_daemon(process: "subprocess.Popen[bytes]") -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(blow.moment * seconds)
        daemon = command.daemon()
        if daemon is not None:
            with suppress(ProcessLookupError):
                os.kill(daemon, signal.SIGKILL)

    struck = _Struck(command, blow)
    with ExitStack() as stack:
        if blow.fault == "disk":
            stack.enter_context(command.disk.full(int(blow.moment * 32) * 4096))
        if blow.fault == "read-only":
            stack.enter_context(_read_only(command.written))
        if blow.fault == "two at once":
            return struck.run_twice()
        return struck.run(
            {
                "kill": kill,
                "kill writing": kill_writing,
                "kill daemon": kill_daemon,
                "term": lambda process: kill(process, signal.SIGTERM),
            }.get(blow.fault, lambda _: None)
        )


@dataclass(frozen=True)
class _Struck:
    command: Command
    blow: Blow

    def run(self, strike: Callable[["subprocess.Popen[bytes]"], None]) -> Ended:
        """Starts it, strikes, and waits for its end, and for that of its children."""
        with tempfile.TemporaryFile() as output:
            start = time.monotonic()
            process = self._start(output.fileno())
            strike(process)
            return self._ended(process, output.fileno(), start)

    def run_twice(self) -> Ended:
        """Two at once; of two that end badly, the second."""
        with tempfile.TemporaryFile() as one, tempfile.TemporaryFile() as other:
            start = time.monotonic()
            processes = [self._start(each.fileno()) for each in (one, other)]
            ended = [
                self._ended(process, each.fileno(), start)
                for process, each in zip(processes, (one, other))
            ]
        return max(ended, key=lambda each: each.status not in self.command.done)

    def _start(self, output: int) -> "subprocess.Popen[bytes]":
        command, fault = self.command, self.blow.fault
        alone = fault in ("handles", "read-only", *CLOCKS)
        first, *others = command.argv
        return subprocess.Popen(
            (first, *(command.without_daemon if alone else ()), *others),
            cwd=command.folder,
            env={**os.environ, **command.environment, **_clock(fault)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=self._limit,
        )

    def _limit(self) -> None:
        """In the child, before the command."""
        if self.blow.fault == "handles":
            some = 7 + int(self.blow.moment * 25)
            resource.setrlimit(resource.RLIMIT_NOFILE, (some, some))
        if self.blow.fault == "disk" and not self.command.disk.small:
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
        if self.blow.fault == "read-only" and os.geteuid() == 0:
            libc = ctypes.CDLL(None)
            for capability in _OVERRIDES:
                libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)

    def _ended(self, process: "subprocess.Popen[bytes]", output: int, start: float) -> Ended:
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            status = -1
        seconds = time.monotonic() - start
        end_group(process.pid, patience=0 if status == -1 else 60)
        process.wait()
        os.lseek(output, 0, os.SEEK_SET)
        with os.fdopen(os.dup(output), "rb") as file:
            said = file.read().decode(errors="replace")
        return Ended(status, "HANGS" if status == -1 else said, seconds)


def end_group(group: int, *, patience: float) -> None:
    """Waits for what a command that was killed has started; kills what does not end by itself."""
    until = time.monotonic() + patience
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.01)
        os.killpg(group, signal.SIGKILL)


def _clock(fault: str) -> dict[str, str]:
    library = fake_clock()
    if fault not in _YEAR or library is None:
        return {}
    return {"LD_PRELOAD": str(library), "FAKETIME": _YEAR[fault]}


def _glance(folder: Path) -> object:
    """Changes as soon as something in a folder does, or beside it under a name like its own; cheap."""
    seen = []
    for each, part in ((folder, ""), (folder.parent, folder.name)):
        with suppress(OSError):
            with os.scandir(each) as entries:
                found = [(e.name, e.stat().st_mtime_ns) for e in entries if part in e.name]
                seen.append(sorted(found))
    return seen


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """A folder, and those in and right above it, that may not be written into."""
    inside = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    folders = [path for path in (*inside, folder.parent) if path.is_dir()]
    modes = {path: path.stat().st_mode for path in folders}
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
