"""The pex CLI that the bootstrap builds from its wheel on PyPI, as Pants runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_keeps_to_the_root_it_is_given_and_passes_nothing_else_on(tmp_path: Path) -> None:
    subprocess.run(("tools/bootstrap/ensure", "pex"), check=True)
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir()
    show = "import os, sys; print(sys.version_info[:2], 'PEX_PYTHON' in os.environ)"
    shown = subprocess.run(
        (sys.executable, ".cache/pex/pex", "--python", sys.executable, "--", "-c", show),
        env={
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PEX_PYTHON": sys.executable,
            "PEX_ROOT": str(root),
        },
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert shown.stdout == "(3, 9) False\n"
    assert list(root.iterdir())
    assert not list(home.iterdir())
