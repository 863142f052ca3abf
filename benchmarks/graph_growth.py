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
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

from scratch_repository import Repository, make_repository, write

MODULES_A_SUITE = 4
CELLS_A_SUITE = 10
PYTHONS = ("3.8", "3.13")

MOST_TIMES_AS_LONG = 2.0
MOST_MEGABYTES = 1000


def synthetic(*, modules: int, cells: int) -> dict[str, str]:
    """`modules` modules, each importing the one before it, and suites with `cells` cells in all."""
    files = {"src/app/BUILD": "python_sources()\n"}
    for number in range(modules):
        previous = f"import app.m{number - 1}\n" if number % MODULES_A_SUITE else ""
        files[f"src/app/m{number}.py"] = f"{previous}VALUE = {number}\n"
    for number in range(cells // CELLS_A_SUITE):
        files |= suite(f"src/suites/s{number}", module=(number * MODULES_A_SUITE + 3) % modules)
    return files


def suite(folder: str, *, module: int) -> dict[str, str]:
    """A suite as `generate-matrix` would leave it."""
    versions = [f"{number}.0" for number in range(1, CELLS_A_SUITE // len(PYTHONS) + 1)]
    samples = [
        {"version": version, "tier": "between", "pythons": PYTHONS, "lock": ""}
        for version in versions
    ]
    return {
        f"{folder}/BUILD": 'python_matrix_tests(name="matrix", package="example>=1")\n',
        f"{folder}/test_it.py": f"import app.m{module}\n",
        f"{folder}/matrix/samples.json": json.dumps({"samples": samples, "snapshot": ""}),
        **{f"{folder}/matrix/{version}.lock": f"example=={version}\n" for version in versions},
    }


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
                synthetic(modules=options.modules, cells=cells),
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
