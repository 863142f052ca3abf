"""A small repository with a real Pants, this repository's plugin, and a library to test."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, List, Tuple

HERE = Path.cwd()
CLIENT = ".cache/pants-client"

# The plugin from this repository's sources.
FROM_SOURCES = f"""\
[GLOBAL]
pants_version = "2.17.1"
pants_bin_name = "./pants"
backend_packages = ["pants.backend.python", "version_matrix"]
pythonpath = [
  "{HERE}/tools/pants-plugins",
  "{HERE}/libs/shared/matrix-results/src",
  "{HERE}/libs/shared/release-sampler/src",
]
"""

PANTS_TOML = """\
[anonymous-telemetry]
enabled = false
[changed]
dependents = "transitive"
[source]
root_patterns = ["/lib/src", "/lib/tests"]
[python]
enable_resolves = true
default_resolve = "main"
interpreter_constraints = ["CPython==3.12.*"]
interpreter_versions_universe = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]
resolves_generate_lockfiles = false
[python.resolves]
main = "main.lock"
coverage = "coverage.lock"
[python.resolves_to_interpreter_constraints]
coverage = ["CPython>=3.9,<3.14"]
[coverage-py]
install_from_resolve = "coverage"
[python-bootstrap]
search_path = ["<PYENV>", "<PATH>"]
[python-infer]
use_rust_parser = true
[version-matrix]
target_pythons = ["3.9.18", "3.12.1"]
names_only = ["//:integrations"]
"""

# The library: a core, and one module an integration. `greet` changes its mind in release 2.
FILES = {
    ".gitignore": "/.cache/\n/.pants.d/\n/.pids/\n/dist/\n",
    "main.lock": "",
    "integrations.in": "matrix-example>=1  # What the library integrates.\n",
    "BUILD": 'python_requirements(name="integrations", source="integrations.in")\n',
    "lib/src/lib/BUILD": "python_sources()\n",
    "lib/src/lib/__init__.py": "",
    "lib/src/lib/core.py": "PREFIX = 'hello'\n",
    "lib/src/lib/example.py": (
        "import matrix_example\nfrom lib.core import PREFIX\n\n\n"
        "def greet() -> str:\n    return f'{PREFIX} {matrix_example.NAME}'\n"
    ),
    "lib/src/lib/unrelated.py": "",
    "lib/tests/BUILD": "python_test_utils()\n",
    "lib/tests/conftest.py": "",
    "lib/tests/example/BUILD": (
        'python_matrix_tests(name="matrix", package="matrix-example>=1")\n'
    ),
    "lib/tests/example/test_example.py": (
        "from lib.example import greet\n\n\n"
        "def test_greet() -> None:\n    assert greet() == 'hello example'\n"
    ),
}
SUITE = "lib/tests/example"
# pants/pantsd/process_manager.py: the two things that it waits for.
GAVE_UP = re.compile(r"exceeded timeout of \d+ seconds while waiting for pantsd")
MATRIX = f"{SUITE}:matrix"


@dataclass(frozen=True)
class Repository:
    """The repository in `root`; its environment reaches the index at `env['PIP_...']`."""

    root: Path
    env: Dict[str, str]

    def write(self, files: Dict[str, str]) -> None:
        """Writes files: path -> text."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text()

    def require(self, *requirements: str, specifier: str = "*") -> None:
        """Adds a rule to the suite."""
        rule = f", requirements={{{specifier!r}: {list(requirements)!r}}})\n"
        self.write({f"{SUITE}/BUILD": self.read(f"{SUITE}/BUILD").replace(")\n", rule)})

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts Pants, in a process group of its own."""
        return subprocess.Popen(
            (self.root / CLIENT, *arguments),
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pants(self, *arguments: str) -> Tuple[int, str]:
        """Runs Pants; returns its exit status and all that it printed.

        Pants waits a minute for its daemon to start, whatever else the machine does. Where it gives
        up, the same is run without one; the daemon that is still starting serves later commands.
        """
        process = self.start(*arguments)
        output, _ = process.communicate()
        if process.returncode != 0 and GAVE_UP.search(output):
            process = self.start("--no-pantsd", *arguments)
            output, _ = process.communicate()
        return process.returncode, output

    def succeed(self, *arguments: str) -> str:
        """Runs Pants, which must succeed; returns what it printed."""
        status, output = self.pants(*arguments)
        assert status == 0, output
        return output

    def git(self, *arguments: str, check: bool = True) -> str:
        """Runs git; returns what it printed."""
        identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        done = subprocess.run(
            ("git", *identity, *arguments),
            cwd=self.root,
            check=check,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return done.stdout

    def commit(self, message: str = "change") -> None:
        """Commits everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def changed(self) -> List[str]:
        """What `--changed-since=main list` names, sorted."""
        listed = self.succeed("--changed-since=main", "list")
        return sorted(line for line in listed.splitlines() if re.match(r"^(lib|//|main)", line))

    def generated(self, suite: str = SUITE) -> Dict[str, str]:
        """Name -> text of a suite's generated files."""
        folder = self.root / suite / "matrix"
        return {path.name: path.read_text() for path in sorted(folder.glob("*"))}

    def stop(self) -> None:
        """Ends the repository's pantsd, if one runs."""
        for pid in self.root.glob(".pids/*/pantsd/pid"):
            try:
                os.kill(int(pid.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                pass


def make_repository(root: Path, index_url: str, plugin: str = FROM_SOURCES) -> Repository:
    """A committed repository on branch `main`, whose own packages come from the index at the URL.

    `plugin` is the part of pants.toml that loads the plugin. What else cells need (pytest) and the
    tools come from PyPI, or from where pip on the machine is configured to look.
    """
    env = outside_environment(index_url)
    repository = Repository(root, with_pants(root, env))
    coverage = HERE / "tools/pants-plugins/version_matrix/locks/coverage.lock"
    repository.write(
        {"pants.toml": plugin + PANTS_TOML, "coverage.lock": coverage.read_text(), **FILES}
    )
    _configure_as_here(repository)
    repository.git("init", "-q", "-b", "main")
    repository.commit("start")
    return repository


def outside_environment(index_url: str) -> Dict[str, str]:
    """The environment of somebody whose pip is configured to look at this index, too.

    Pants itself is not told of the index: what it installs is the same, and cached, for all tests.
    Nor that a test runs it: it would be lenient then.
    """
    ours = ("PANTS_", "PYTEST_")
    return {
        **as_launched({name: os.environ[name] for name in os.environ if not name.startswith(ours)}),
        "NO_SCIE_WARNING": "1",
        "PIP_EXTRA_INDEX_URL": f"{os.environ.get('PIP_EXTRA_INDEX_URL', '')} {index_url}".strip(),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def as_launched(env: Dict[str, str]) -> Dict[str, str]:
    """The environment that a launcher of Pants makes of one, by sourcing `.pants.bootstrap`."""
    launch = 'source ./.pants.bootstrap && exec "$0" -c "$1"'
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    shown = subprocess.run(
        ("bash", "-euo", "pipefail", "-c", launch, sys.executable, show),
        cwd=HERE,
        env=env,
        check=True,
        stdout=subprocess.PIPE,
    )
    found = json.loads(shown.stdout)
    assert isinstance(found, dict)
    return found


def with_pants(root: Path, env: Dict[str, str]) -> Dict[str, str]:
    """The environment, with what Pants' native client starts where no pantsd runs.

    The client reaches a pantsd without starting Python, as `./pants` does; here it is put where
    `Repository.start` calls it: in a PEX nothing is executable.
    """
    package = find_spec("pants")
    assert package is not None and package.origin is not None
    client, server = root / CLIENT, root / ".cache/pants-server"
    client.parent.mkdir(parents=True)
    shutil.copy(Path(package.origin).parent / "bin/native_client", client)
    server.write_text(f'#!/bin/sh\nexec {sys.executable} -m pants "$@"\n')
    for program in (client, server):
        program.chmod(0o755)
    return {**env, "_PANTS_SERVER_EXE": str(server)}


def _configure_as_here(repository: Repository) -> None:
    """What this repository has Pants do with the pex CLI and with results holds there, too."""
    ours = (HERE / "pants.toml").read_text()
    sections = (ours[ours.index(f"[{name}]\n") :] for name in ("pex-cli", "test"))
    copied = "\n".join(section[: section.index("\n\n[")] + "\n" for section in sections)
    # By a URL that Pants knows without our plugin for it.
    copied = copied.replace("buildroot:", "file:%(buildroot)s/")
    repository.write({"pants.toml": f"{repository.read('pants.toml')}{copied}"})
    # Where this repository's bootstrap has put it for any Pants.
    (repository.root / ".cache/pex").symlink_to(HERE / ".cache/pex")
