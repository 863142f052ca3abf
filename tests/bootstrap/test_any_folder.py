"""The real Pants, by the real `./pants`, in a folder as people have them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python", "build_root_url"]
pythonpath = ["%(buildroot)s/tools/pants-plugins"]
# As in the configuration of the repository.
{pants_ignore}
pantsd = false
[anonymous-telemetry]
enabled = false
[python]
interpreter_constraints = ["CPython==3.9.*"]
"""


def test_a_program_is_built_and_runs(tmp_path: Path) -> None:
    """By the pex CLI, whose place is named in pants.toml."""
    root = tmp_path / "my projects/répo"
    shutil.copytree("tools/bootstrap", root / "tools/bootstrap")
    for plugin in ("build_root_url", "engine_calls"):
        place = f"tools/pants-plugins/{plugin}"
        shutil.copytree(place, root / place)
    for name in ("pants", ".pants.bootstrap"):
        shutil.copy(name, root / name)
    ours = Path("pants.toml").read_text()
    ignore = re.search(r"^pants_ignore\.add = .*$", ours, re.MULTILINE)
    assert ignore
    sections = (ours[ours.index(f"[{name}]\n") :] for name in ("pex-cli", "python-bootstrap"))
    copied = "\n".join(section.partition("\n\n[")[0] + "\n" for section in sections)
    (root / "pants.toml").write_text(PANTS_TOML.format(pants_ignore=ignore.group()) + copied)
    (root / "BUILD").write_text(
        "pex_binary(name='hello', entry_point='hello.py')\npython_sources()\n"
    )
    (root / "hello.py").write_text("print('hello from here')\n")

    done = subprocess.run(
        ("./pants", "package", "//:hello"),
        cwd=root,
        env={name: value for name, value in os.environ.items() if not name.startswith("PANTS_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    said = subprocess.run(
        (sys.executable, str(root / "dist/hello.pex")), stdout=subprocess.PIPE, text=True
    ).stdout
    assert said == "hello from here\n"
