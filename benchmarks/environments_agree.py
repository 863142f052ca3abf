"""Whether a cell's environment, composed of wheels, is file by file what uv installs.

    ./pants run benchmarks/environments_agree.py
    ./pants run benchmarks/environments_agree.py -- libs/shared/trace-baton/tests/integrations/httpx::

Makes the cells' environments with `--keep-sandboxes=always`, in a folder of its own (pytest says no
more than its version), and beside each makes another: `uv venv`, and `uv pip install
--require-hashes` of the cell's whole lock, markers and all, by the uv that the matrix installs with.
Compared are the files of both, their contents, and which scripts may be executed; told apart are only
the environments' own paths, in scripts and in the hashes that a RECORD has of them. uv writes no
byte-code: that of the cell must be of its source, by the hash that it carries, for every file that the
cell's Python can compile.

Needs the index and the Pythons. Exits 1 if a cell differs or was not made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, Mapping

from pip_compile import locked_uv, run

RESULTS_FILE = re.compile(r"--junit-xml=(?P<cell>[^' ]+)\.xml")

# What makes an environment, and is in none of the wheels.
OWN = re.compile(
    r"pyvenv\.cfg|CACHEDIR\.TAG|\.gitignore|\.lock|lib64(/.*)?|bin/(python[0-9.]*|[Aa]ctivate.*|deactivate\..*|"
    r"pydoc\.bat)|.*/_virtualenv\.(py|pth)|.*/first_party\.pth|(.*/)?__pycache__/.*"
)

# Runs in the cell's Python: what is compiled, but not of its source; what could be, but is not.
BYTE_CODE = """
import importlib.util, os, sys, sysconfig

for folder, _, names in os.walk(sysconfig.get_path("purelib")):
    for name in sorted(names):
        path = os.path.join(folder, name)
        if not name.endswith(".py") or os.path.basename(folder) == "__pycache__":
            continue
        with open(path, "rb") as file:
            source = file.read()
        try:
            with open(importlib.util.cache_from_source(path), "rb") as file:
                head = file.read(16)
        except OSError:
            try:
                compile(source, path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            print("not compiled: " + path)
            continue
        expected = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
        if head != expected + importlib.util.source_hash(source):
            print("byte-code of something else: " + path)
"""


@dataclass(frozen=True)
class Cell:
    """A cell's address, its Python and the path of its lock, and what may be built for it."""

    address: str
    lock: str
    sdists: tuple[str, ...]

    @property
    def results(self) -> str:
        """The name of its results, less the suffix, as Pants makes it of the address."""
        path, _, rest = self.address.partition(":")
        target, _, cell = rest.partition("#")
        sample, _, python = cell.partition("@")
        return f"{path.replace('/', '.')}.{target}@{sample}@@{python}"


def selected(specs: Iterable[str]) -> tuple[Cell, ...]:
    """The cells that the command line names and that have a lock."""
    peeked = json.loads(run("./pants", "peek", *specs)[1])
    return tuple(
        Cell(target["address"], target["lock"], tuple(target.get("sdists") or ()))
        for target in peeked
        if target["target_type"] == "python_matrix_cell" and target.get("lock")
    )


def environments(folder: Path) -> Mapping[str, Path]:
    """The environments below a folder of sandboxes, by the name of their cell's results."""
    found = {}
    for script in sorted(folder.glob("pants-sandbox-*/__run.sh"), key=lambda p: p.stat().st_mtime):
        named = RESULTS_FILE.search(script.read_text())
        if named and (script.parent / ".venv/pyvenv.cfg").exists():
            found[named["cell"]] = script.parent / ".venv"
    return found


def reference(cell: Cell, python: Path, uv: str, made: Path) -> None:
    """What uv makes of the cell's lock."""
    body = Path(cell.lock).read_text()
    pins = re.findall(r"^([A-Za-z0-9._-]+)==", body, re.MULTILINE)
    run(uv, "venv", "--clear", "--quiet", "--no-config", f"--python={python}", str(made))
    run(
        *(uv, "pip", "install", "--quiet", "--no-config", f"--python={made}/bin/python"),
        *("--require-hashes", "--index-strategy=unsafe-best-match", f"--requirements={cell.lock}"),
        *(f"--only-binary={project}" for project in pins if project not in cell.sdists),
    )


def installed(environment: Path) -> dict[str, tuple[str, bool]]:
    """Path -> digest, and whether it can be executed, of all that came from wheels."""
    found = {}
    for folder, _, names in os.walk(environment):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(environment).as_posix()
            if not OWN.fullmatch(relative):
                content = path.read_bytes().replace(os.fsencode(environment), b"ENVIRONMENT")
                if name == "RECORD":
                    content = b"\n".join(sorted(_without_scripts(content)))
                digest = hashlib.sha256(content).hexdigest()
                # Pants makes every large file executable; it matters where scripts are.
                runs = relative.startswith("bin/") and os.access(path, os.X_OK)
                found[relative] = (digest, runs)
    return found


def _without_scripts(record: bytes) -> Iterator[bytes]:
    """The rows of a RECORD, a script's without the hash: it holds the environment's own path."""
    for row in record.splitlines():
        path, _, _ = row.partition(b",")
        yield path if path.startswith(b"../../../bin/") else row


def differences(ours: Path, theirs: Path) -> Iterable[str]:
    """What differs between two environments, a line each."""
    mine, other = installed(ours), installed(theirs)
    for path in sorted({*mine, *other}):
        if path not in other or path not in mine:
            yield f"{path} only in {'the cell' if path in mine else 'what uv has installed'}"
        elif mine[path] != other[path]:
            yield f"{path} differs"
    done = subprocess.run(
        (str(ours / "bin/python"), "-I", "-c", BYTE_CODE), stdout=subprocess.PIPE, text=True
    )
    yield from done.stdout.splitlines()
    if done.returncode != 0:
        yield f"its Python ended with exit status {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("specs", nargs="*", default=["::"])
    parser.add_argument("--sandboxes", type=Path, help="those of an earlier run, kept")
    parser.add_argument("--uv", help="the uv to compare with, if not the locked one")
    options = parser.parse_args()
    cells = selected(options.specs)
    with tempfile.TemporaryDirectory() as room:
        uv = options.uv or locked_uv(Path(room))
        sandboxes = options.sandboxes or Path(room, "sandboxes")
        if options.sandboxes is None:
            sandboxes.mkdir()
            kept = (f"--local-execution-root-dir={sandboxes}", "--keep-sandboxes=always")
            addresses = [cell.address for cell in cells]
            subprocess.run(
                # An environment is made for whatever pytest is asked.
                ("./pants", *kept, "test", "--force", *addresses, "--", "--version"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        found = environments(sandboxes)
        agree = 0
        for cell in cells:
            environment = found.get(cell.results)
            amiss = ["was not made"]
            if environment is not None:
                beside = Path(room, "reference")
                reference(cell, (environment / "bin/python").resolve(), uv, beside)
                amiss = list(differences(environment, beside))
            agree += not amiss
            for line in amiss:
                print(f"{cell.address}: {line}")
    print(f"{agree} of {len(cells)} environments agree")
    return 0 if cells and agree == len(cells) else 1


if __name__ == "__main__":
    sys.exit(main())
