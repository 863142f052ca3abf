"""`.ci/actionlint`, with a stand-in for Go: builds once what it runs, and says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# Notes what it is to build, and makes a program of it that finds a fault where a file says so.
GO = """#!/bin/sh
echo "$*" >> "{room}/built"
[ ! -e "{room}/broken" ] || exit 1
mkdir -p "$GOBIN"
printf '#!/bin/sh\\necho "$*" >> "{room}/ran"\\n! grep -r fault .github\\n' > "$GOBIN/actionlint"
chmod +x "$GOBIN/actionlint"
"""


def run(room: Path, *, go: bool = True) -> tuple[int, str]:
    (room / "bin").mkdir(exist_ok=True)
    for tool in ("bash", "chmod", "dirname", "grep", "mkdir", "sh"):
        (room / "bin" / tool).unlink(missing_ok=True)
        (room / "bin" / tool).symlink_to(str(shutil.which(tool)))
    if go:
        (room / "bin/go").write_text(GO.format(room=room))
        (room / "bin/go").chmod(0o755)
    script = room / "repository/.ci/actionlint"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(".ci/actionlint", script)
    (room / "repository/.github").mkdir(exist_ok=True)
    done = subprocess.run(
        [script],
        cwd=room,
        env={"PATH": str(room / "bin"), "XDG_CACHE_HOME": str(room / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_it_builds_one_version_once(tmp_path: Path) -> None:
    told = "actionlint: the workflows have no fault\n"
    assert (run(tmp_path), run(tmp_path)) == ((0, told), (0, told))
    (built,) = (tmp_path / "built").read_text().splitlines()
    command, _, version = built.partition("@")
    assert command == "install github.com/rhysd/actionlint/cmd/actionlint"
    assert version[0] == "v" and os.listdir(tmp_path / "cache/pants") == [f"actionlint-{version}"]
    assert len((tmp_path / "ran").read_text().splitlines()) == 2


def test_a_fault_fails_it(tmp_path: Path) -> None:
    (tmp_path / "repository/.github").mkdir(parents=True)
    (tmp_path / "repository/.github/ci.yml").write_text("fault")
    code, told = run(tmp_path)
    assert (code, told.splitlines()[-1]) == (1, "actionlint: the workflows have faults: see above")


@pytest.mark.parametrize(("broken", "told"), [(False, "is not installed"), (True, "see above")])
def test_what_cannot_be_built_is_named(tmp_path: Path, broken: bool, told: str) -> None:
    if broken:
        (tmp_path / "broken").touch()
    code, output = run(tmp_path, go=broken)
    assert code == 1 and output.startswith("actionlint: Go ") and told in output
    assert not (tmp_path / "ran").exists()
