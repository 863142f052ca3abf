"""Pythons from Debian's newer suite, unpacked in a folder of their own.

apt fetches and verifies them as it would for the machine, but with sources, lists and a cache of its
own: neither the machine's configuration nor what it has installed is touched, and nothing here needs
root. They come with all that they stand on, down to the C library, so that it does not matter how old
the machine's own is.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

from interpreters.command import output_of
from steps import BootstrapError

SUITE = "unstable"
# Where the wheels lie that `ensurepip` installs pip from; Debian's packages share them.
WHEELS = "usr/share/python-wheels"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OS_RELEASE = Path("/etc/os-release")

# Read after the machine's own configuration, of which proxies and credentials stay. Hooks are cleared
# because they may touch what is the machine's, and the signatures hold whatever it says of them.
_APT_CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Dir::State::Lists;
#clear Acquire::IndexTargets::deb;
Dir::Etc::SourceList "{room}/sources.list";
Dir::Etc::SourceParts "{room}/parts";
Dir::Etc::Preferences "{room}/parts/none";
Dir::Etc::PreferencesParts "{room}/parts";
Dir::State "{room}/state";
Dir::State::Lists "{room}/lists";
Dir::State::Status "{room}/status";
Dir::Cache "{room}/cache";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::IndexTargets::deb::Packages {{
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  flatMetaKey "Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  Optional "0";
}};
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
"""


@dataclass(frozen=True)
class Suite:
    """An apt whose lists are those of Debian's newer suite, and which has nothing installed."""

    configuration: Path
    held: int

    def apt_get(self, *arguments: str) -> str:
        return output_of(("apt-get", "-c", str(self.configuration), "-qq", *arguments), self.held)


def open_suite(room: Path, keyring: Path, held: int) -> Suite:
    """Makes an apt of its own in `room`, which is emptied first, and reads its suite's lists.

    Args:
        keyring: the keys of which one must have signed the suite.

    Raises BootstrapError if this is not Debian, or the suite cannot be reached or verified.
    """
    if _os_release().get("ID") != "debian" or shutil.which("apt-get") is None:
        raise BootstrapError("this is not Debian")
    source = _source_line(keyring, held)
    if room.exists():
        shutil.rmtree(room)
    for folder in ("parts", "state", "lists/partial", "cache/archives/partial"):
        (room / folder).mkdir(parents=True)
    (room / "status").touch()
    (room / "sources.list").write_text(source)
    configuration = room / "apt.conf"
    configuration.write_text(_APT_CONF.format(room=room))
    suite = Suite(configuration, held)
    suite.apt_get("update", "--error-on=any")
    return suite


def _os_release() -> Dict[str, str]:
    if not OS_RELEASE.is_file():
        return {}
    pairs = (line.partition("=") for line in OS_RELEASE.read_text().splitlines())
    return {name: " ".join(shlex.split(value)) for name, _, value in pairs}


def _source_line(keyring: Path, held: int) -> str:
    """The machine's own mirror, with the suite replaced."""
    own = {_os_release().get("VERSION_CODENAME", SUITE), "oldstable", "stable", "testing", "sid"}
    asked = "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)"
    targets = output_of(
        # Without the option it shows what has been downloaded, which in an image is nothing.
        ("apt-get", "indextargets", "--no-release-info", "Created-By: Packages", "--format", asked),
        held,
    )
    for line in targets.splitlines():
        uri, release, component = line.split("\t")
        if component == "main" and release in {*own, SUITE}:
            # What lies in a folder would be used in place, and not copied to where we look for it.
            uri = f"copy:{uri[len('file:') :]}" if uri.startswith("file:") else uri
            return f"deb [signed-by={keyring}] {uri} {SUITE} main\n"
    raise BootstrapError("apt's sources name no mirror of Debian")


def install_python(
    suite: Suite, package: str, program: str, pythons: Path, patchelf: Path, held: int
) -> Path:
    """Unpacks a package and all it stands on below `pythons`; returns the path of its `program`.

    The folder is named after the package's version, and replaced if it exists: what has no link to
    it was left by a run that was killed.

    Raises BootstrapError if the suite has no such package, or it cannot be unpacked.
    """
    archives = _fetch(suite, package)
    (archive,) = (each for each in archives if each.name.startswith(f"{package}_"))
    version = output_of(("dpkg-deb", "--field", str(archive), "Version"), held).strip()
    root = pythons / f"debian-{'pypy-' if package == 'pypy3' else ''}{version.replace(':', '%')}"
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    for archive in archives:
        output_of(("dpkg-deb", "--extract", str(archive), str(root)), held)
    _prune(root)
    python = root / "usr/bin" / program
    if not python.is_file():
        raise BootstrapError(f"{package} is {version}, and has no {program}")
    _bind_to_own_libraries(python, root, patchelf, held)
    _bind_to_own_wheels(root / "usr/lib" / program, root / WHEELS)
    return python


def _fetch(suite: Suite, package: str) -> List[Path]:
    """The packages of one Python, each of which apt has verified."""
    # What apt locks; the others' are fetched at the same time.
    room = suite.configuration.parent / package
    (room / "archives/partial").mkdir(parents=True)
    (room / "status").touch()
    suite.apt_get(
        *("install", "--yes", "--download-only"),
        *("-o", f"Dir::Cache={room}", "-o", f"Dir::State::Status={room}/status"),
        *(package, f"{package}-venv"),
    )
    return sorted((room / "archives").glob("*.deb"))


def _prune(root: Path) -> None:
    """Keeps what runs, and nothing that leads to the machine's own files."""
    keep = {root / "usr" / name for name in ("bin", "lib", WHEELS[len("usr/") :])}
    for path in _children(root, ("", "usr", "usr/share")):
        if path.is_symlink() or not any(path == each or path in each.parents for each in keep):
            _remove(path)
    for path in (root / "usr").rglob("*"):
        if path.is_symlink() and path.readlink().is_absolute():
            path.unlink()


def _children(root: Path, folders: Iterable[str]) -> Tuple[Path, ...]:
    return tuple(path for folder in folders for path in (root / folder).iterdir())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _bind_to_own_libraries(python: Path, root: Path, patchelf: Path, held: int) -> None:
    """Has `python` start with the loader that came with it, and look for libraries beside that.

    As an RPATH, which extension modules inherit and child processes do not.
    """
    asked = output_of((str(patchelf), "--print-interpreter", str(python)), held).strip()
    name = Path(asked).name
    loaders = [path for path in sorted((root / "usr/lib").glob(f"*/{name}")) if path.is_file()]
    if not loaders:
        raise BootstrapError(f"libc6 brought no {name}")
    folder = loaders[0].parent
    output_of(
        (
            *(str(patchelf), "--set-interpreter", str(loaders[0])),
            *("--force-rpath", "--set-rpath", f"$ORIGIN/../lib/{folder.name}", str(python)),
        ),
        held,
    )


def _bind_to_own_wheels(library: Path, wheels: Path) -> None:
    """Has `ensurepip` take pip from `wheels`, and not from where Debian would have installed them."""
    for settings in library.glob("_sysconfig*data_*.py"):
        text = settings.read_text()
        settings.write_text(text.replace(f"'/{WHEELS}/'", repr(f"{wheels}/")))
