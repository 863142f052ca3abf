"""The pex CLI as Pants installs it, of any release: built from the wheel on PyPI."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Mapping, Sequence


def pex_cli(release: str, folder: Path) -> Dict[str, str]:
    """Builds a release of pex; returns the environment that has Pants take it.

    Args:
        release: what follows the name in a requirement, such as `==2.66.1`; empty for the newest.
    """
    # A pip of its own: what runs this test may have none.
    room = folder / "venv"
    _run(sys.executable, ("-m", "venv", str(room)), {})
    download = ("-m", "pip", "-qq", "download", "--no-deps", "--dest", str(folder), f"pex{release}")
    _run(str(room / "bin/python"), download, {})
    (wheel,) = folder.glob("*.whl")
    version = f"v{wheel.name.split('-')[1]}"
    unpacked = folder / "unpacked"
    shutil.unpack_archive(str(wheel), unpacked, format="zip")
    built = folder / "pex"
    _run(
        sys.executable,
        (
            *("-m", "pex", str(wheel), "--no-index", "--console-script=pex"),
            *("--no-strip-pex-env", "--venv=prepend", "--interpreter-constraint=>=3.6"),
            *("--python-shebang=/usr/bin/env python3", f"--output-file={built}"),
        ),
        {"PYTHONPATH": str(unpacked), "PEX_ROOT": str(folder / "root")},
    )
    data = built.read_bytes()
    told = f"{hashlib.sha256(data).hexdigest()}|{len(data)}"
    platforms = [f"{system}_{cpu}" for system in ("linux", "macos") for cpu in ("arm64", "x86_64")]
    return {
        "PANTS_PEX_CLI_VERSION": version,
        "PANTS_PEX_CLI_URL_TEMPLATE": built.as_uri(),
        "PANTS_PEX_CLI_KNOWN_VERSIONS": json.dumps([f"{version}|{p}|{told}" for p in platforms]),
    }


def _run(python: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
    # Not the pex that Pants brings, nor its settings.
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith("PEX_")}
    subprocess.run(
        (python, *arguments),
        env={**inherited, "PYTHONPATH": "", **env},
        check=True,
        stdout=subprocess.DEVNULL,
    )
