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
import sys
import tempfile
from pathlib import Path
from typing import Iterable

from packaging.markers import Marker

from pip_compile import (
    PIP_COMPILE,
    RESOLVE,
    Cell,
    cells,
    interpreter,
    locked_uv,
    pip_compile,
    run,
    spread,
)

PIN = re.compile(r"^(?P<pin>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))?\s*\\?$")
UV = ("--universal", "--only-binary=:all:", "--index-strategy=unsafe-best-match", "--no-config")


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
