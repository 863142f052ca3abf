"""Whether Pants' work grows with modules + cells, and not with modules x cells.

    ./pants run benchmarks/graph_growth.py
    ./pants run benchmarks/graph_growth.py -- --modules=200 --cells 50 600

Makes two repositories of the same modules with few and with many cells, runs the same commands in
both, in turns, and prints the larger's time over the smaller's. Everything runs in a pantsd of its
own per repository, so that its memory can be read; both are stopped at the end. Exits 1 if what is
repeated takes more than twice as long with many cells as with few, or a pantsd holds a gigabyte.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

MODULES_A_SUITE = 4
CELLS_A_SUITE = 10
PYTHONS = ("3.8", "3.13")

MOST_TIMES_AS_LONG = 2.0
MOST_MEGABYTES = 1000


@dataclass(frozen=True)
class Repository:
    """A synthetic repository and the launcher to run Pants in it with."""

    root: Path
    launcher: Path

    def pants(self, *arguments: str) -> tuple[float, str]:
        """Runs Pants; returns the seconds it took and what it printed."""
        start = time.perf_counter()
        done = subprocess.run(
            (str(self.launcher), *arguments),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"pants {' '.join(arguments)} failed:\n{done.stderr}")
        return time.perf_counter() - start, done.stdout

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

    def stop(self) -> None:
        """Ends this repository's pantsd."""
        process = self.daemon()
        if process is not None:
            os.kill(process, signal.SIGTERM)


def make_repository(source: Path, root: Path, *, modules: int, cells: int) -> Repository:
    """`modules` modules, each importing the one before it, and suites with `cells` cells in all."""
    config = f"""\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python", "version_matrix"]
pythonpath = ["{source}/tools/pants-plugins", "{source}/libs/shared/release-sampler/src"]
[anonymous-telemetry]
enabled = false
[changed]
dependents = "transitive"
[python]
enable_resolves = true
default_resolve = "main"
interpreter_constraints = ["CPython==3.12.*"]
[python.resolves]
main = "main.lock"
[python-infer]
use_rust_parser = true
[source]
root_patterns = ["/src"]
"""
    write(root / "pants.toml", config)
    write(root / "main.lock", "")
    write(root / ".gitignore", ".pants.d/\n.pids/\n")
    write(root / "src/app/BUILD", "python_sources()\n")
    for number in range(modules):
        previous = f"import app.m{number - 1}\n" if number % MODULES_A_SUITE else ""
        write(root / f"src/app/m{number}.py", f"{previous}VALUE = {number}\n")
    for number in range(cells // CELLS_A_SUITE):
        make_suite(root / f"src/suites/s{number}", module=(number * MODULES_A_SUITE + 3) % modules)
    repository = Repository(root, source / "pants")
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "start")
    return repository


def make_suite(folder: Path, *, module: int) -> None:
    """A suite as `generate-matrix` would leave it."""
    versions = [f"{number}.0" for number in range(1, CELLS_A_SUITE // len(PYTHONS) + 1)]
    write(folder / "BUILD", 'python_matrix_tests(name="matrix", package="example>=1")\n')
    write(folder / "test_it.py", f"import app.m{module}\n")
    samples = [
        {"version": version, "tier": "between", "pythons": PYTHONS, "lock": ""}
        for version in versions
    ]
    write(folder / "matrix/samples.json", json.dumps({"samples": samples, "snapshot": ""}))
    for version in versions:
        write(folder / f"matrix/{version}.lock", f"example=={version}\n")


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def measure(
    repositories: list[Repository], run: Callable[[Repository], float], rounds: int
) -> list[float]:
    """The median seconds of each repository, taken in turns so that noise falls on both."""
    times: list[list[float]] = [[] for _ in repositories]
    for _ in range(rounds):
        for taken, repository in zip(times, repositories):
            taken.append(run(repository))
    return [statistics.median(taken) for taken in times]


def list_everything(repository: Repository) -> float:
    """`list ::` after an edit that leaves nothing of the graph but its memory."""
    write(repository.root / "src/app/BUILD", f"python_sources()\n# {time.time_ns()}\n")
    return repository.pants("list", "::")[0]


def list_changed(repository: Repository) -> float:
    """`--changed-since` after an edit of one module."""
    write(repository.root / "src/app/m0.py", f"VALUE = {time.time_ns()}\n")
    return repository.pants("--changed-since=HEAD", "list")[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--cells", type=int, nargs=2, default=[50, 600])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--source", type=Path, default=Path.cwd(), help="this repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        repositories = [
            make_repository(
                options.source.resolve(),
                Path(room, str(cells)),
                modules=options.modules,
                cells=cells,
            )
            for cells in options.cells
        ]
        try:
            cold = [repository.pants("list", "::")[0] for repository in repositories]
            few, many = options.cells
            print(f"{options.modules} modules; {few} and {many} cells; seconds, and their ratio")
            report("list ::, cold", cold)
            ratios = [
                report(name, measure(repositories, run, options.rounds))
                for name, run in (("list ::", list_everything), ("--changed-since", list_changed))
            ]
            memory = [repository.memory() for repository in repositories]
            print(f"{'pantsd, MB':18}" + "".join(f"{used:9.0f}" for used in memory))
            return 1 if max(ratios) > MOST_TIMES_AS_LONG or max(memory) > MOST_MEGABYTES else 0
        finally:
            for repository in repositories:
                repository.stop()


def report(name: str, seconds: list[float]) -> float:
    """Prints both times and their ratio; returns that."""
    few, many = seconds
    print(f"{name:18}{few:9.2f}{many:9.2f}{many / few:9.2f}x")
    return many / few


if __name__ == "__main__":
    sys.exit(main())
