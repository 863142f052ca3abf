"""A clone of the bootstrap whose locks name wheels made here: real pip, real venv, no network."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Tuple

from bootstrap.wheels import make_wheel

PEX_BYTES = b"the pex CLI, as the stand-in for pex builds it\n"

# What the scripts call; a PATH of these alone has no Python on it.
TOOLS = ("awk", "bash", "cat", "dirname", "env", "readlink", "sha256sum", "shasum", "perl")

# Without arguments it shows its environment.
FAKE_CLIENT = '#!/bin/sh\n[ $# -gt 0 ] || exec env\necho "pants was started with: $*"\n'

FAKE_PEX = f"""
import sys
with open(sys.argv[sys.argv.index("--output-file") + 1], "wb") as output:
    output.write({PEX_BYTES!r})
"""


@dataclass(frozen=True)
class Clone:
    """A copy of the files that start Pants, and the environment that a person would run them in."""

    root: Path
    home: Path
    wheels: Path
    env: Dict[str, str] = field(hash=False)

    @property
    def pex(self) -> Path:
        return self.root / ".cache/pex/pex"

    @property
    def installed(self) -> Path:
        return self.home / ".cache/pants/bootstrap"

    def start(self, *command: str, **env: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, **env: str) -> Tuple[int, str, str]:
        """Runs `command`; returns exit code, standard output, standard error."""
        process = self.start(*command, **env)
        out, err = process.communicate()
        return process.returncode, out, err

    def put_pex(self, content: bytes = PEX_BYTES) -> None:
        self.pex.parent.mkdir(parents=True, exist_ok=True)
        self.pex.write_bytes(content)


def make_clone(folder: Path, python39: Path) -> Clone:
    """Makes a clone in `folder` whose PATH has the tools above and `python39`, and nothing else."""
    root, home, bin_, wheels = (folder / name for name in ("clone", "home", "bin", "wheels"))
    shutil.copytree("tools/bootstrap", root / "tools/bootstrap")
    for name in ("pants", ".pants.bootstrap"):
        shutil.copy(name, root / name)
    for folder in (home, bin_):
        folder.mkdir(parents=True)
    for tool in TOOLS:
        path = shutil.which(tool)
        if path:
            (bin_ / tool).symlink_to(path)
    (bin_ / "python3.9").symlink_to(python39)

    pants = {
        "pants/__init__.py": "",
        "pants/bin/native_client": FAKE_CLIENT,
        "pantsbuild_pants-2.17.1.dist-info/entry_points.txt": "[console_scripts]\npants = pants:main\n",
    }
    pex = {"pex/__init__.py": "", "pex/__main__.py": FAKE_PEX}
    locks = root / "tools/bootstrap"
    (locks / "pants.lock").write_text(make_wheel(wheels, "pantsbuild.pants", "2.17.1", pants))
    (locks / "pex.lock").write_text(make_wheel(wheels, "pex", "2.105.2", pex))
    (locks / "pex.sha256").write_text(f"{hashlib.sha256(PEX_BYTES).hexdigest()}  .cache/pex/pex\n")
    env = {
        "HOME": str(home),
        "PATH": str(bin_),
        "PIP_CONFIG_FILE": os.devnull,
        # What is given to pip as a list of paths is split at blanks.
        "PIP_FIND_LINKS": wheels.as_uri(),
        "PIP_NO_INDEX": "1",
    }
    return Clone(root, home, wheels, env)
