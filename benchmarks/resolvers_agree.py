"""Whether two independent resolvers give a cell the same pins and the same hashes.

    ./pants run benchmarks/resolvers_agree.py
    ./pants run benchmarks/resolvers_agree.py -- --cells=12 --python-folder=~/.pyenv/versions

Takes cells of this repository's matrix and what their locks say they require. pip-compile, on the
cell's own Python and held to the lock's pins, must find that they are complete and fit together,
and list the same hashes (or more: a file that was uploaded since is in no older lock). And resolved
anew, by uv as the matrix does it and by pip-compile, both must choose the same releases; that is
without the cool-down, which pip cannot apply on every Python. Only what has a wheel is taken.

Needs the index and the Pythons; uv is the one that the matrix locks with. Prints how long each took,
as a ratio. Exits 1 if a cell differs.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from packaging.markers import Marker

UV_LOCK = Path("tools/pants-plugins/version_matrix/locks/uv.lock")
PIN = re.compile(r"^(?P<pin>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))?\s*\\?$")
RESOLVE = ("--generate-hashes", "--quiet", "--no-header", "--no-annotate", "--strip-extras")
UV = ("--universal", "--only-binary=:all:", "--index-strategy=unsafe-best-match", "--no-config")
PIP_COMPILE = (
    *("--allow-unsafe", "--no-config", "--no-emit-index-url", "--no-emit-find-links"),
    *("--no-emit-options", "--no-emit-trusted-host", "--output-file=-"),
)


@dataclass(frozen=True)
class Cell:
    """A lock and one of its Pythons (`3.12`)."""

    lock: Path
    python: str

    @property
    def requirements(self) -> str:
        """What the lock's header says it requires, a line each."""
        found = re.findall(r"^# requires: (.+)$", self.lock.read_text(), re.MULTILINE)
        return "".join(f"{line}\n" for line in found)


def cells(root: Path) -> list[Cell]:
    """Every cell of every sampled lock below a folder; own-floor locks are resolved otherwise."""
    found = []
    for lock in sorted(root.rglob("matrix/*.lock")):
        pythons = re.search(r"^# pythons: (.+)$", lock.read_text(), re.MULTILINE)
        if pythons and "at its lowest" not in lock.read_text():
            found += [Cell(lock, python) for python in pythons.group(1).split(", ")]
    return found


def spread(found: list[Cell], count: int) -> list[Cell]:
    """`count` cells, evenly spaced over all."""
    step = max(1, len(found) // count)
    return found[::step][:count]


def pins(text: str, python: str, full: str) -> dict[str, frozenset[str]]:
    """Pin -> hashes of the lines that hold on this Python on Linux."""
    environment = {"python_version": python, "python_full_version": full, "sys_platform": "linux"}
    result: dict[str, frozenset[str]] = {}
    pin: str | None = None
    hashes: set[str] = set()
    for line in [*text.splitlines(), ""]:
        if line.startswith(" "):
            hashes |= set(re.findall(r"--hash=(\S+)", line))
            continue
        if pin is not None:
            result[pin] = frozenset(hashes)
        match = PIN.match(line)
        holds = match and (not match["marker"] or Marker(match["marker"]).evaluate(environment))
        pin, hashes = (match["pin"].lower() if match and holds else None), set()
    return result


def run(*command: str) -> tuple[float, str]:
    """Runs a command that must succeed; returns its seconds and its output."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, done.stdout


def interpreter(folder: Path, python: str) -> Path:
    """The newest patch of a minor version below the folder (pyenv's layout)."""
    found = sorted(folder.glob(f"{python}.*/bin/python"))
    if not found:
        raise SystemExit(f"no Python {python} below {folder}: pyenv install {python}")
    return found[-1]


def locked_uv(room: Path) -> str:
    """The uv that the plugin brings, by its lock, in a virtual environment made for it."""
    venv = room / "venv-uv"
    run(sys.executable, "-m", "venv", str(venv))
    install = ("-m", "pip", "install", "--quiet", "--require-hashes")
    run(f"{venv}/bin/python", *install, f"--requirement={UV_LOCK}")
    return f"{venv}/bin/uv"


def pip_compile(room: Path, uv: str, executable: Path, python: str) -> Path:
    """pip-compile on that Python, in a virtual environment made for it."""
    venv = room / f"venv-{python}"
    if not venv.exists():
        run(uv, "venv", "--quiet", f"--python={executable}", str(venv))
        run(uv, "pip", "install", "--quiet", f"--python={venv}/bin/python", "pip-tools")
    return venv / "bin/pip-compile"


def differences(
    ours: dict[str, frozenset[str]], theirs: dict[str, frozenset[str]]
) -> Iterable[str]:
    """What uv has and pip-compile has not, or the other way round, a line each."""
    for pin in sorted({*ours, *theirs}):
        if pin not in ours or pin not in theirs:
            yield f"{pin} only from {'uv' if pin in ours else 'pip-compile'}"
        elif not ours[pin] or not ours[pin] <= theirs[pin]:
            yield f"{pin} has {len(ours[pin] - theirs[pin])} hashes that pip-compile has not"


def compare(cell: Cell, room: Path, uv: str, pythons: Path) -> tuple[list[str], float]:
    """What differs, a line each, and how many times as long as uv pip-compile took."""
    executable = interpreter(pythons, cell.python)
    full = executable.parent.parent.name
    tool = str(pip_compile(room, uv, executable, cell.python))
    requirements, held = room / "requirements.in", room / "held.txt"
    requirements.write_text(cell.requirements)
    locked = pins(cell.lock.read_text(), cell.python, full)
    held.write_text("".join(f"{pin}\n" for pin in locked))

    # Its pins have wheels, so nothing is built; asked for wheels only, it would list their hashes
    # only.
    _, confirmed = run(tool, str(requirements), f"--constraint={held}", *RESOLVE, *PIP_COMPILE)
    told = [f"lock: {line}" for line in differences(locked, pins(confirmed, cell.python, full))]

    versions = (f"--python-version={full}", f"--python={executable}")
    fast, ours = run(uv, "pip", "compile", str(requirements), *versions, *RESOLVE, *UV)
    wheels = "--pip-args=--only-binary=:all:"
    slow, theirs = run(tool, str(requirements), wheels, *RESOLVE, *PIP_COMPILE)
    chosen = {*pins(ours, cell.python, full)} ^ {*pins(theirs, cell.python, full)}
    told += [f"anew: {pin} from one of them alone" for pin in sorted(chosen)]
    return told, slow / fast


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, default=12)
    parser.add_argument("--root", type=Path, default=Path("libs"))
    parser.add_argument("--python-folder", type=Path, default=Path("~/.pyenv/versions"))
    options = parser.parse_args()
    chosen = spread(cells(options.root), options.cells)
    if not chosen:
        raise SystemExit(f"no lock below {options.root}")
    equal = 0
    with tempfile.TemporaryDirectory() as temporary:
        room = Path(temporary)
        uv = locked_uv(room)
        for cell in chosen:
            told, ratio = compare(cell, room, uv, options.python_folder.expanduser())
            equal += not told
            verdict = "; ".join(told) or "same pins, same hashes"
            name = f"{cell.lock.parent.parent.name} {cell.lock.stem} on {cell.python}"
            print(f"{name}: {verdict} (pip-compile took {ratio:.0f}x as long)", flush=True)
    print(f"{equal} of {len(chosen)} cells agree")
    return 0 if equal == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
