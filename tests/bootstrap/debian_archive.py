"""A small signed archive of Debian packages, whose Pythons are scripts that answer as one would."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

# Answers what is asked of a Python before it counts, and says what its release is.
PYTHON = """#!/bin/sh
case "$*" in
  *sysconfig*) echo {release} ;;
  *"import bz2"*) {imports} ;;
  *venv*) for last; do :; done; mkdir -p "$last/bin" && ln -s "$0" "$last/bin/python" ;;
esac
"""
WHOLE = ":"
WITHOUT_SSL = "echo \"ModuleNotFoundError: No module named 'ssl'\" >&2; exit 1"
WHEELS = "'WHEEL_PKG_DIR': '/usr/share/python-wheels/'\n"


@dataclass(frozen=True)
class Archive:
    root: Path
    keyring: Path

    @property
    def uri(self) -> str:
        return self.root.as_uri()

    @property
    def packages(self) -> Path:
        return self.root / "dists/unstable/main"


def make_archive(folder: Path, pythons: Mapping[str, str]) -> Archive:
    """Makes and signs an archive whose suite `unstable` has a C library and `pythons`.

    Args:
        pythons: release -> what it does when it is to import the libraries in C.
    """
    root = folder / "archive"
    (root / "pool").mkdir(parents=True)
    deb(folder, root, "libc6", "2.43-7", {"usr/lib/some-linux/ld-test.so.2": "loader"})
    for release, imports in pythons.items():
        name, version = f"python{release.rpartition('.')[0]}", f"{release}-1"
        files = {
            f"usr/bin/{name}": PYTHON.format(release=release, imports=imports),
            f"usr/lib/{name}/_sysconfigdata__some-linux.py": WHEELS,
            f"usr/share/doc/{name}/README": "",
            f"etc/{name}/sitecustomize.py": "",
        }
        deb(folder, root, name, version, files, depends="libc6")
        deb(folder, root, f"{name}-venv", version, {}, depends=name)
    sign(folder, root)
    return Archive(root, folder / "keyring.gpg")


def deb(
    folder: Path, root: Path, name: str, version: str, files: Mapping[str, str], depends: str = ""
) -> None:
    """Adds a package to the pool, and its stanza to the list."""
    tree = folder / "tree" / name
    architecture = output("dpkg", "--print-architecture").strip()
    control = (
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Nobody\n"
        + (f"Depends: {depends}\n" if depends else "")
        + "Description: for a test\n"
    )
    for path, text in {"DEBIAN/control": control, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o755)
    package = root / "pool" / f"{name}_{version}.deb"
    output("dpkg-deb", "--root-owner-group", "--build", str(tree), str(package))
    lists = root / f"dists/unstable/main/binary-{architecture}"
    lists.mkdir(parents=True, exist_ok=True)
    content = package.read_bytes()
    with open(lists / "Packages", "a") as stanzas:
        stanzas.write(
            f"{control}Filename: pool/{package.name}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
        )


def sign(folder: Path, root: Path) -> None:
    """Signs the suite by a new key, and writes its keyring."""
    suite = root / "dists/unstable"
    release = (
        "Origin: Test\nSuite: unstable\nCodename: sid\nComponents: main\n"
        f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S UTC', time.gmtime())}\nSHA256:\n"
    )
    for path in sorted(suite.glob("main/*/Packages")):
        content = path.read_bytes()
        release += (
            f" {hashlib.sha256(content).hexdigest()} {len(content)} {path.relative_to(suite)}\n"
        )
    (folder / "Release").write_text(release)
    # Its agent's socket has a path that must be short.
    home = Path(output("mktemp", "-d").strip())
    gpg = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--yes")
    output(*gpg, "--passphrase", "", "--quick-generate-key", "test@localhost", "ed25519")
    output(*gpg, "--output", str(suite / "InRelease"), "--clearsign", str(folder / "Release"))
    output(*gpg, "--output", str(folder / "keyring.gpg"), "--export")
    output("gpgconf", "--homedir", str(home), "--kill", "all")
    output("rm", "-rf", str(home))


def output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def apt_configuration(folder: Path, archive_uri: str) -> Path:
    """A machine's own apt, which is careless: what is installed must be verified all the same."""
    own = folder / "machine"
    own.mkdir(exist_ok=True)
    (own / "sources.list").write_text(f"deb [trusted=yes] {archive_uri} stable main\n")
    settings = own / "apt.conf"
    hook = f"touch {own}/hook-ran"
    settings.write_text(
        f'Dir::Etc::SourceList "{own}/sources.list";\nDir::Etc::SourceParts "{own}/none";\n'
        f'Dir::State::Lists "{own}/lists";\nDir::Cache "{own}/cache";\n'
        'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n'
        f'APT::Update::Post-Invoke {{ "{hook}"; }};\n'
        # The folders of a test are closed to the user that apt else fetches as.
        f'APT::Sandbox::User "{output("id", "-un").strip()}";\n'
    )
    return settings


def is_there() -> bool:
    """Whether this machine has apt and what makes an archive for it."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return all(
        any(os.access(f"{folder}/{program}", os.X_OK) for folder in folders)
        for program in ("apt-get", "dpkg-deb", "gpg")
    ) and os.path.exists("/etc/debian_version")
