"""Whether a Python that was just installed is whole."""

from __future__ import annotations

import tempfile
from pathlib import Path

from interpreters.command import output_of
from interpreters.machine import identify
from interpreters.wanted import Wanted
from steps import BootstrapError

# Modules of the standard library that stand on libraries in C, each wanted by some package; `test`
# in the virtual environment is that pip starts, which is what ensurepip is for.
_IMPORTS = """
import bz2, ctypes, curses, decimal, hashlib, lzma, readline, sqlite3, ssl, sys, uuid, zlib, zoneinfo
if sys.version_info >= (3, 14):
    import compression.zstd
ssl.create_default_context()
sqlite3.connect(":memory:").execute("select 1")
ctypes.CDLL(None)
hashlib.new("sha256")
"""
_BEFORE_ZONEINFO = _IMPORTS.replace(", zoneinfo", "")


def check(wanted: Wanted, python: Path, held: int) -> None:
    """Raises BootstrapError, with the reason, unless `python` is `wanted` and everything works:
    C extensions, `ssl`, and virtual environments with pip in them."""
    release = identify(python, wanted.build)
    if release is None:
        output_of((str(python), "-I", "-c", "pass"), held)
        raise BootstrapError(f"{python} is no {wanted.program}")
    if not wanted.admits(release):
        found = ".".join(str(part) for part in release)
        raise BootstrapError(f"is {found}, and {wanted.lowest} or later is wanted")
    imports = _IMPORTS if release >= (3, 9) else _BEFORE_ZONEINFO
    output_of((str(python), "-I", "-c", imports), held)
    with tempfile.TemporaryDirectory(prefix="python-") as folder:
        venv = Path(folder) / "venv"
        output_of((str(python), "-I", "-m", "venv", str(venv)), held)
        output_of((str(venv / "bin/python"), "-I", "-m", "pip", "--version"), held)
