"""A repository outside this one, with a Pants of its own and this repository's plugin."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping

_PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
pants_bin_name = "./pants"
backend_packages = ["pants.backend.python", "version_matrix"]
pythonpath = [
  "{source}/tools/pants-plugins",
  "{source}/libs/shared/matrix-results/src",
  "{source}/libs/shared/release-sampler/src",
]
[anonymous-telemetry]
enabled = false
[changed]
dependents = "transitive"
[python]
enable_resolves = true
default_resolve = "main"
interpreter_constraints = ["CPython==3.12.*"]
interpreter_versions_universe = {universe}
resolves_generate_lockfiles = false
[python.resolves]
main = "main.lock"
[python-infer]
use_rust_parser = true
[source]
root_patterns = ["/src"]
[version-matrix]
target_pythons = {target_pythons}
"""
# How this repository finds Pythons and the index, and makes environments.
_SHARED_SECTIONS = ("[pex-cli]", "[python-bootstrap]", "[subprocess-environment]")


@dataclass(frozen=True)
class Repository:
    """A synthetic repository, the launcher to run Pants in it with, and what Pants' environment has
    beside this process's."""

    root: Path
    launcher: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> tuple[float, subprocess.CompletedProcess[str]]:
        """Runs Pants; returns the seconds it took and how it ended."""
        start = time.perf_counter()
        done = subprocess.run(
            (str(self.launcher), *arguments),
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        return time.perf_counter() - start, done

    def pants(self, *arguments: str) -> tuple[float, str]:
        """Runs Pants, which must succeed; returns the seconds it took and what it printed."""
        seconds, done = self.run(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"pants {' '.join(arguments)} failed:\n{done.stderr}")
        return seconds, done.stdout

    def git(self, *arguments: str) -> None:
        """Runs git, quietly."""
        identity = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")
        subprocess.run(("git", *identity, *arguments), cwd=self.root, check=True)

    def daemon(self) -> int | None:
        """The process id of this repository's pantsd."""
        found = next(self.root.glob(".pids/*/pantsd/pid"), None)
        return int(found.read_text()) if found else None

    def memory(self) -> float:
        """Megabytes that the pantsd holds (resident, Linux only; else 0)."""
        status = Path(f"/proc/{self.daemon()}/status")
        if not status.exists():
            return 0.0
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def processor(self) -> float:
        """Processor seconds of the pantsd so far, and of what it has run (Linux only; else 0)."""
        stat = Path(f"/proc/{self.daemon()}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(") ")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Ends this repository's pantsd, and waits until it has."""
        process = self.daemon()
        if process is None:
            return
        try:
            os.kill(process, signal.SIGTERM)
            for _ in range(600):
                os.kill(process, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            pass


def make_repository(
    source: Path,
    root: Path,
    files: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
) -> Repository:
    """These files (path -> text), committed, with this repository (`source`) behind their Pants."""
    own = (source / "pants.toml").read_text()
    options = tomllib.loads(own)
    config = _PANTS_TOML.format(
        source=source,
        universe=options["python"]["interpreter_versions_universe"],
        target_pythons=options["version-matrix"]["target_pythons"],
    )
    for section in re.split(r"^(?=\[)", own, flags=re.MULTILINE):
        if section.startswith(_SHARED_SECTIONS):
            config += section.replace("buildroot:", f"file:{source}/")
    write(root / "pants.toml", config)
    write(root / "main.lock", "")
    write(root / ".gitignore", ".pants.d/\n.pids/\n")
    for path, text in files.items():
        write(root / path, text)
    repository = Repository(root, source / "pants", environment or {})
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "start")
    return repository


def write(path: Path, content: str) -> None:
    """Writes a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
