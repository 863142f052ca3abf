"""What it costs to run a matrix: this repository's cells beside tox with tox-uv, and nox with uv.

    ./pants run benchmarks/running.py
    ./pants run benchmarks/running.py -- --rounds=1 --suites httpx requests

Six suites of trace-baton, in a clone of this repository's commit. Each cell is an environment of tox
and a session of nox, with the same Python, the same lock (hashes and markers too), the same test file
and the same source folders; both rivals install with the uv that the matrix locks, and have as many
environments at work at a time as there are cores. The rivals come from PyPI in the same run.

Warm for all of them, and not measured: what was downloaded (each has run once), and the tools
themselves; for Pants that is its daemon, and the graph of another suite; before an edit, an edit of
another suite, as whoever is at work has made before. Cold is every environment, and every result. What
a person would select by hand, where one integration or one lock was edited, are the environments of
its suite; Pants is asked for what has changed, and for cells alone.

Each round runs all in turn. Prints wall and processor time with their spread, as ratios to tox's, and
how long the first result takes; compares the outcome of every test with tox's. Exits 1 if the median of
the ratios is above its bound, if the first result takes longer than a minute, or if an outcome differs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from matrix_runners import ANOTHER, Cell, Nox, Ours, Rival, Run, Tox, cells_of, clone
from pip_compile import locked_uv

SUITES = ("celery", "django", "flask", "grpcio", "httpx", "requests")


@dataclass(frozen=True)
class Bound:
    """The most that ours may take, in times of what tox takes."""

    scenario: str
    against: str
    most: float


# Unchanged is bounded where it is memoized; from disk the start of Pants 2.17 itself is in it.
BOUNDS = (
    Bound("cold", "cold", 1.1),
    Bound("unchanged", "unchanged", 0.02),
    Bound("integration edited", "integration edited, picked by hand", 0.7),
    Bound("lock edited", "lock edited, picked by hand", 0.7),
)


# Of a cold run, in seconds: of many results the first is there soon.
FIRST_RESULT = 60


def round_of(
    ours: Ours, rivals: Sequence[Rival], cells: Sequence[Cell], edited: str
) -> Mapping[str, Run]:
    """One round: `RUNNER: SCENARIO` -> what it took; prints each as soon as it is known."""
    taken: dict[str, Run] = {}

    def note(name: str, run: Run) -> None:
        taken[name] = run
        figures = (run.seconds, run.processor, run.first)
        print(f"  {name:48}" + "".join(f"{figure:10.2f}" for figure in figures), flush=True)

    picked = [cell for cell in cells if cell.suite == edited]
    runners: list[Rival | Ours] = [*rivals, ours]
    for runner in runners:
        runner.forget()
        note(f"{runner.name}: cold", runner.run(cells))
        note(f"{runner.name}: unchanged", runner.run(cells))
    ours.stop()
    note("ours: unchanged, from disk", ours.run(cells))
    with ours.repository.edit_integration(ANOTHER):
        ours.run_changed()
    for scenario, edit in (
        ("integration edited", ours.repository.edit_integration),
        ("lock edited", ours.repository.edit_lock),
    ):
        with edit(edited):
            for rival in rivals:
                note(f"{rival.name}: {scenario}", rival.run(cells))
                rival.unsettle(picked)
                note(f"{rival.name}: {scenario}, picked by hand", rival.run(picked))
            note(f"ours: {scenario}", ours.run_changed())
    return taken


def spread(values: Sequence[float]) -> str:
    """Median, and from where to where."""
    middle = statistics.median(values)
    if len(values) == 1:
        return f"{middle:.2f}"
    return f"{middle:.2f} ({min(values):.2f} to {max(values):.2f})"


def report(rounds: Sequence[Mapping[str, Run]]) -> None:
    """Prints every scenario."""
    print(f"{'':48}{'wall, s':>24}{'processor, s':>24}{'first result, s':>24}")
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        columns = (
            [run.seconds for run in runs],
            [run.processor for run in runs],
            [run.first for run in runs],
        )
        print(f"{name:48}" + "".join(f"{spread(column):>24}" for column in columns))


def amiss(rounds: Sequence[Mapping[str, Run]]) -> list[str]:
    """Why the claim does not hold, a line a reason; prints each ratio."""
    found = []
    for bound in BOUNDS:
        for measure in ("seconds", "processor"):
            ratios = [
                getattr(each[f"ours: {bound.scenario}"], measure)
                / getattr(each[f"tox: {bound.against}"], measure)
                for each in rounds
            ]
            told = f"{bound.scenario}, {measure}: {spread(ratios)} times tox ({bound.against})"
            print(f"{told}; at most {bound.most}")
            if statistics.median(ratios) > bound.most:
                found.append(told)
    first = statistics.median(each["ours: cold"].first for each in rounds)
    print(f"first result of a cold run: {first:.0f} s; at most {FIRST_RESULT}")
    # What is not a number is not soon, either.
    if not first <= FIRST_RESULT:
        found.append(f"the first result of a cold run comes after {first:.0f} s")
    for each in rounds:
        ours, theirs = each["ours: cold"].outcomes, each["tox: cold"].outcomes
        differing = sorted(set(ours.items()) ^ set(theirs.items()))
        found += [f"{test} has another outcome: {outcome}" for test, outcome in differing]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suites", nargs="+", default=SUITES)
    parser.add_argument("--edited", default="requests", help="the suite that is edited")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path, default=Path.cwd(), help="this repository")
    parser.add_argument("--python-folder", type=Path, default=Path.home() / ".pyenv/versions")
    options = parser.parse_args()
    if options.edited not in options.suites:
        parser.error(f"{options.edited} is none of the suites")
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        repository = clone(options.source.resolve(), room / "repository")
        cells = cells_of(repository.root, options.suites, options.python_folder)
        print(f"{len(options.suites)} suites, {len(cells)} cells, {os.cpu_count()} cores")
        uv = locked_uv(room)
        pythons = [cell.executable for cell in cells]
        rivals = [rival.install(room, repository, uv, pythons) for rival in (Tox, Nox)]
        ours = Ours(room, repository)
        try:
            for rival in rivals:
                rival.run(cells)
            ours.run(cells)
            rounds = [round_of(ours, rivals, cells, options.edited) for _ in range(options.rounds)]
        finally:
            ours.stop()
    report(rounds)
    found = amiss(rounds)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
