"""Which Pythons a machine has, along the path that Pants searches."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Iterator, Mapping, Optional, Sequence, Tuple

from interpreters.wanted import Wanted
from steps import BootstrapError

# The build as `Wanted` has it, unless it is the usual one, and the release.
_IDENTIFY = """
import sys, sysconfig
name = sys.implementation.name
threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print((threads if name == "cpython" else name) + " %d.%d.%d" % sys.version_info[:3])
"""


def search_folders(
    search_path: Sequence[str], installed: Path, environment: Mapping[str, str]
) -> Tuple[Path, ...]:
    """Expands `[python-bootstrap].search_path` as Pants does; the folder `installed` comes last.

    Raises BootstrapError for a special string of Pants' that stands for more than folders.
    """
    folders = []
    for entry in search_path:
        if entry == "<PYENV>":
            home = Path(environment.get("HOME", "/"))
            root = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
            folders += sorted(root.glob("versions/*/bin"))
        elif entry == "<PATH>":
            folders += [Path(each) for each in environment.get("PATH", "").split(":") if each]
        elif entry.startswith("<"):
            raise BootstrapError(
                f"[python-bootstrap].search_path in pants.toml has {entry}: this script knows "
                "<PYENV>, <PATH>, folders and programs; teach it the rest"
            )
        else:
            folders.append(Path(entry))
    return (*folders, installed)


def find(wanted: Wanted, folders: Sequence[Path]) -> Optional[Path]:
    """Returns the first Python that will do, or None; one that does not run is passed over."""
    for candidate in _candidates(wanted, folders):
        release = identify(candidate, wanted.build)
        if release and wanted.admits(release):
            return candidate
    return None


def _candidates(wanted: Wanted, folders: Sequence[Path]) -> Iterator[Path]:
    for name in wanted.names:
        for folder in folders:
            path = folder / name if folder.is_dir() else folder
            if os.access(path, os.X_OK) and path.is_file():
                yield path


def identify(python: Path, build: str = "") -> Optional[Tuple[int, ...]]:
    """Returns the release of the Python at `python`, or None if it is of another build, or does not run."""
    try:
        done = subprocess.run(
            (str(python), "-I", "-c", _IDENTIFY),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(rb"(\w{0,20}) ?(\d{1,9})\.(\d{1,9})\.(\d{1,9})\s*", done.stdout)
    if done.returncode != 0 or not match or match[1].decode() != build:
        return None
    return tuple(int(part) for part in match.groups()[1:])
