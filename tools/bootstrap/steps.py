"""What every part of the bootstrap is made of: steps that are said, run, and taken by one run at a time.

Only the standard library, and only what a Python 3.7 has: this runs before Pants has its own Python.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, Mapping, Optional, Sequence


class BootstrapError(Exception):
    """A step failed; the message says which, why, and what to do."""


def say(step: str) -> None:
    # One write, so that two threads' lines stay whole.
    sys.stderr.write("pants: {}\n".format(step))
    sys.stderr.flush()


def open_cache(cache: Path) -> None:
    """Makes the folder that all clones share, unless it is there.

    Raises BootstrapError if nothing can be written there: said once, before several steps fail of it.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(cache)):
            pass
    except OSError as error:
        raise BootstrapError(
            "nothing can be installed into {}: {}.\n"
            "Make it writable, or set XDG_CACHE_HOME to a folder that is.".format(
                cache, error.strerror
            )
        )


@contextlib.contextmanager
def only_one(place: Path) -> Iterator[int]:
    """Holds the lock beside `place`; the kernel gives it back however the process ends.

    Yields the lock's file descriptor: child processes inherit it, so that an orphaned pip keeps
    the next run waiting instead of writing into what that run builds.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with open("{}.lock".format(place), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run that installs {}".format(place.name))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def make_venv(venv: Path, held: int) -> None:
    if venv.exists():
        shutil.rmtree(str(venv))
    venv.parent.mkdir(parents=True, exist_ok=True)
    run((sys.executable, "-I", "-m", "venv", str(venv)), held)


def pip(python: str, held: int, *arguments: str) -> None:
    # What the machine's own pip configuration says (index, certificates) holds here too, except
    # what would lead out of the virtual environment.
    command = (python, "-I", "-m", "pip", "-qq", *arguments)
    run(command, held, env={"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})


def run(command: Sequence[str], held: int, env: Optional[Mapping[str, str]] = None) -> None:
    """Raises BootstrapError if `command` fails; what it says on standard error is shown."""
    # SOURCE_DATE_EPOCH would change the bytes of the pex CLI.
    inherited = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    inherited.update(env or {})
    done = subprocess.run(
        command,
        env=inherited,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(held,),
    )
    if done.returncode != 0:
        raise BootstrapError(
            "this failed with exit code {}, for the reason above:\n"
            "  {}\n"
            "Nothing half-installed is used: mend the cause and run ./pants again.".format(
                done.returncode, " ".join(command)
            )
        )


def copy_program(source: Path, target: Path) -> None:
    """Copies an executable so that `target` is at every moment the old file or the new."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name("{}.{}".format(target.name, os.getpid()))
    shutil.copy(str(source), str(partial))
    os.replace(str(partial), str(target))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
