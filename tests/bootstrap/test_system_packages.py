"""`system-packages` on machines that have everything, nothing, and no apt."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Tuple

PROGRAMS = ("initdb", "redis-server", "chromium")

# Knows every package, notes what it is asked, and installs the program that the test misses.
APT_GET = """#!/bin/sh
echo "$DEBIAN_FRONTEND apt-get $*" >> "{log}"
case "$*" in *install*) ln -s /bin/true "{bin}/redis-server" ;; esac
"""


def run(bin_: Path, *programs: str, apt: str = "") -> Tuple[int, str]:
    """Runs the script where only `programs` are installed; returns exit code and output."""
    bin_.mkdir()
    for tool in ("bash", "cat", "cut", "env", "id", "ln", "paste", "sed"):
        (bin_ / tool).symlink_to(str(shutil.which(tool)))
    for name in programs:
        (bin_ / name).symlink_to("/bin/true")
    if apt:
        for name, script in (
            ("apt-get", apt),
            ("apt-cache", "#!/bin/sh\n"),
            ("sudo", '#!/bin/sh\nshift\nexec "$@"\n'),
        ):
            (bin_ / name).write_text(script)
            (bin_ / name).chmod(0o755)
    done = subprocess.run(
        [os.path.abspath("tools/bootstrap/system-packages")],
        env={"PATH": str(bin_)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_does_nothing_where_everything_is_there(tmp_path: Path) -> None:
    assert run(tmp_path / "bin", *PROGRAMS) == (0, "system-packages: everything is there\n")


def test_says_what_to_do_where_there_is_no_apt(tmp_path: Path) -> None:
    code, output = run(tmp_path / "bin", "initdb", "chromium")
    assert code == 1
    assert "Redis, which gives: redis-server valkey-server" in output
    assert "Chromium" not in output.split("macOS:")[0]
    assert "brew install" in output


def test_installs_what_is_missing_and_asks_nothing(tmp_path: Path) -> None:
    log, bin_ = tmp_path / "log", tmp_path / "bin"
    apt = APT_GET.format(log=log, bin=bin_)
    code, output = run(bin_, "initdb", "chromium", apt=apt)
    assert code == 0, output
    assert output.splitlines()[-1] == "system-packages: everything is there"
    update, install = log.read_text().splitlines()
    assert update == "noninteractive apt-get update -qq"
    assert install == (
        "noninteractive apt-get install -qq --yes --no-install-recommends redis-server"
    )


def test_an_install_that_brings_nothing_is_an_error(tmp_path: Path) -> None:
    code, output = run(tmp_path / "bin", "initdb", apt="#!/bin/sh\n")
    assert code == 1
    assert "installed, and still not found: Redis,Chromium" in output
