"""pip-compile as the rival: a cell's requirements, resolved on the cell's own Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

UV_LOCK = Path("tools/pants-plugins/version_matrix/locks/uv.lock")
RESOLVE = ("--generate-hashes", "--quiet", "--no-header", "--no-annotate", "--strip-extras")
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


def attempt(
    *command: str, environment: Mapping[str, str] | None = None
) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Runs a command, with this added to the environment; returns its seconds and how it ended."""
    start = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return time.perf_counter() - start, done


def run(*command: str, environment: Mapping[str, str] | None = None) -> tuple[float, str]:
    """The same for a command that must succeed; returns its seconds and its output."""
    seconds, done = attempt(*command, environment=environment)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return seconds, done.stdout


def interpreter(folder: Path, python: str) -> Path:
    """The newest patch of a minor version below the folder (pyenv's layout); else the one that
    tools/bootstrap/pythons has installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    installed = cache / f"pants/bootstrap/pythons/bin/python{python}"
    found = [*filter(Path.exists, [installed]), *sorted(folder.glob(f"{python}.*/bin/python"))]
    if not found:
        raise SystemExit(f"no Python {python} below {folder}: run tools/bootstrap/pythons")
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
