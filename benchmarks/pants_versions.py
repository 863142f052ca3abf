"""Whether the published plugins fit every Pants whose sources lie in a folder.

    ./pants run benchmarks/pants_versions.py -- --sources=FOLDER --python=PATH --python=PATH

FOLDER has a folder for each version of Pants, as its public repository has it at that tag. For each of
them: every module of every plugin imports, what every rule awaits is there and takes what it is given,
every option registers, and `mypy --strict` passes. Each version runs on the Python that its own
pants.toml names, of those that are given, with the requirements it names, from the index that pip is
configured with. The compiled half of Pants is not needed: its stubs stand for it, so that nothing runs
that rules compute. What this shows is called "checked against sources", never "works".

Exits 1 if a plugin does not fit, or if no version was checked.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

PLUGINS = Path("tools/pants-plugins")
# What plugins import beside Pants.
LIBRARIES = ("libs/shared/matrix-results/src", "libs/shared/release-sampler/src")
PROBE = Path(__file__).with_name("pants_probe.py")
MYPY_LOCK = Path("3rdparty/python/tools/mypy.lock")
MYPY_CONFIG = """\
[mypy]
mypy_path = {}
strict = True
namespace_packages = True
explicit_package_bases = True
exclude = (_test|conftest)\\.py$|/sandbox/
untyped_calls_exclude = pants

[mypy-pants.*]
ignore_errors = True
"""


@dataclass(frozen=True)
class Version:
    """A version of Pants that lies in the folder."""

    name: str
    root: Path

    @property
    def sources(self) -> Path:
        return self.root / "src/python"

    def python(self) -> str:
        """The newest minor version of Python, such as `3.11`, that its own code is for."""
        config = tomllib.loads((self.root / "pants.toml").read_text())
        (constraint,) = config["python"]["interpreter_constraints"]
        if exact := re.search(r"==(3\.[0-9]+)", constraint):
            return exact[1]
        below = re.search(r"<3\.([0-9]+)", constraint)
        assert below, f"{self.name}: {constraint}"
        return f"3.{int(below[1]) - 1}"

    def requirements(self) -> list[str]:
        """What its modules import; not what it is debugged, explored or released with."""
        text = (self.root / "3rdparty/python/requirements.txt").read_text()
        needed = re.split(r"\n(?=# These dependencies)", text)[0]
        lines = (line.partition("#")[0].strip() for line in needed.splitlines())
        return [line for line in lines if line]


def versions(folder: Path) -> list[Version]:
    """Those of the folder, from the oldest on."""
    found = (path.parents[3] for path in folder.glob("*/src/python/pants/VERSION"))
    return [Version(root.name, root) for root in sorted(found, key=_order)]


def _order(root: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in root.name.split(".")]


def published(folder: Path = PLUGINS) -> list[str]:
    """The plugins that are wheels which Pants loads by their entry points."""
    found = folder.glob("*/BUILD")
    return sorted(path.parent.name for path in found if '"pantsbuild.plugin"' in path.read_text())


def minor_of(python: Path) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return run([python, "-c", code]).stdout.strip()


def run(command: Sequence[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def environment(version: Version, python: Path, folder: Path) -> tuple[Path, list[str]]:
    """Makes a virtual environment with the requirements of a Pants.

    Returns its Python, and the requirements that have no wheel for it.
    """
    inside, install = made(python, folder)
    # Newer ones bring a mypy of their own choice; ours checks all of them, so that they compare.
    wanted = [each for each in version.requirements() if not re.match(r"mypy\b(?!-)", each)]
    if run([*install, *wanted]).returncode == 0:
        return inside, []
    return inside, [each for each in wanted if run([*install, each]).returncode != 0]


def type_checker(folder: Path) -> Path:
    """Installs the mypy of our lock; returns the Python that has it."""
    mypy = re.search(r"^mypy==(\S+)", MYPY_LOCK.read_text(), re.MULTILINE)
    assert mypy, f"{MYPY_LOCK} does not pin mypy"
    inside, install = made(Path(sys.executable), folder)
    succeed([*install, f"mypy=={mypy[1]}"])
    return inside


def made(python: Path, folder: Path) -> tuple[Path, tuple[object, ...]]:
    """Makes an empty virtual environment; returns its Python and what installs into it."""
    succeed([python, "-m", "venv", folder])
    inside = folder / "bin/python"
    return inside, (inside, "-m", "pip", "install", "-q", "--only-binary=:all:")


def succeed(command: Sequence[object]) -> None:
    done = run(command)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")


def probe(version: Version, python: Path, plugins: Sequence[str]) -> tuple[str, list[str]]:
    """What was looked at, and what does not fit."""
    path = [PLUGINS, *LIBRARIES, version.sources]
    done = run([python, PROBE, *(f"--path={each}" for each in path), *plugins])
    if done.returncode != 0:
        return "", [done.stderr.strip().splitlines()[-1] if done.stderr else "the probe failed"]
    answer = json.loads(done.stdout)
    return answer["seen"], answer["problems"]


def typed(
    version: Version, python: Path, mypy: Path, plugins: Sequence[str], cache: Path
) -> list[str]:
    """What mypy says of the plugins' own modules."""
    path = [PLUGINS, *map(Path, LIBRARIES), version.sources]
    config = cache / "mypy.ini"
    config.write_text(MYPY_CONFIG.format(":".join(str(each.resolve()) for each in path)))
    done = run(
        [
            *(mypy, "-m", "mypy", f"--config-file={config}", f"--cache-dir={cache / 'mypy'}"),
            *(f"--python-executable={python}", f"--python-version={version.python()}"),
            *(PLUGINS / plugin for plugin in plugins),
        ]
    )
    found = [line for line in done.stdout.splitlines() if ": error:" in line]
    return found if done.returncode == 0 or found else [done.stderr.strip() or done.stdout.strip()]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder of versions of Pants")
    parser.add_argument(
        "--python", type=Path, action="append", default=[], help="an interpreter; may be repeated"
    )
    options = parser.parse_args(arguments)
    pythons = {minor_of(python): python for python in options.python or [Path(sys.executable)]}
    plugins = published()
    checked = failed = 0
    for version in versions(options.sources.resolve()):
        minor = version.python()
        if minor not in pythons:
            print(f"{version.name}: not checked, it wants a Python {minor} (--python=PATH)")
            continue
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            python, absent = environment(version, pythons[minor], scratch / "venv")
            seen, problems = probe(version, python, plugins)
            mypy = type_checker(scratch / "mypy-venv")
            problems = [*problems, *typed(version, python, mypy, plugins, scratch)]
        checked += 1
        failed += bool(problems)
        without = f" (without {', '.join(absent)}: no wheel)" if absent else ""
        print(f"{version.name}: Python {minor}{without}, {seen}, mypy --strict", end=": ")
        print("fits" if not problems else "\n  ".join(["does not fit", *problems]), flush=True)
    if not checked:
        print(f"{options.sources} has no version of Pants that could be checked")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
