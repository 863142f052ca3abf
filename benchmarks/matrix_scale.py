"""Whether the matrix of a large SDK is polled in seconds, and locked in minutes.

    ./pants run benchmarks/matrix_scale.py
    ./pants run benchmarks/matrix_scale.py -- --rival-cells=12 --python-folder=~/.pyenv/versions
    ./pants run benchmarks/matrix_scale.py -- --suites=61 --rival-cells=0

Takes the 30 suites of large_sdk.py, with five samples each (or all 61, with three for the most part, as
a large SDK has them), and the live index. release-sampler
polls all of them, from an empty cache and again; the rival asks `pip index versions` of one package
after another, which is less: names of releases alone, no dates, no Pythons, no choice. Then a
repository of these suites runs `generate-matrix ::` with empty caches (so that it installs its
tools, too), again with nothing changed, where one suite is as it was before its newest releases, and
`--check ::`.

For locks the rival is pip-compile, which resolves a cell on the cell's own Python, from the
requirements that the cell's lock names, with hashes; a few cells, evenly chosen, one after another
and with a cache in common, that of pip's polling. All that the first `generate-matrix` took, by the
number of its locks, stands against what pip-compile took, by the number of its cells. A lock of
ours serves all Pythons of its sample, and as many are made at a time as there are cores.

Exits 1 if a time reaches its bound, if a rival is as fast, or if a suite is not locked.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Mapping, Sequence

import release_sampler.__main__  # noqa: F401 - run by its name, in a process of its own.
from large_sdk import MORE_SUITES, SUITES, Suite
from pip_compile import (
    PIP_COMPILE,
    RESOLVE,
    Cell,
    attempt,
    cells,
    interpreter,
    locked_uv,
    pip_compile,
    run,
    spread,
)
from scratch_repository import Repository, make_repository

PYTHONS = "3.8..3.13"
RIVAL_PYTHON = "3.12"
# Releases come every working day.
BUSY = "boto3"
TEST = "def test_nothing() -> None:\n    assert True\n"


@dataclass(frozen=True)
class Sdk:
    """Suites, how many samples each is to have, how many locks that is at least, and within how many
    seconds they are made from empty caches."""

    suites: tuple[Suite, ...]
    samples: int
    locks: int
    first: float


SDKS = {
    "30": Sdk(SUITES, samples=5, locks=150, first=600),
    # Newest majors and the ends are samples in any case.
    "61": Sdk((*SUITES, *MORE_SUITES), samples=2, locks=181, first=300),
}


@dataclass(frozen=True)
class Measure:
    """What took how long, and how long it may take, in seconds."""

    name: str
    seconds: float
    bound: float

    @property
    def holds(self) -> bool:
        return self.seconds < self.bound


@dataclass(frozen=True)
class Matrix:
    """How much was generated."""

    suites: int
    samples: int
    cells: int
    locks: int


def matrix(root: Path) -> Matrix:
    """Counts what lies in a repository."""
    files = sorted(root.glob("src/*/matrix/samples.json"))
    samples = [each for file in files for each in json.loads(file.read_text())["samples"]]
    return Matrix(
        suites=len(files),
        samples=len(samples),
        cells=sum(len(sample["pythons"]) for sample in samples),
        locks=len(list(root.glob("src/*/matrix/*.lock"))),
    )


def failures(output: str) -> list[str]:
    """The paragraphs of `generate-matrix` on suites that failed, a line each."""
    found: list[str] = []
    failed = False
    for line in output.splitlines():
        if not line.startswith(" "):
            failed = ": FAILED" in line
        found += [line] if failed else []
    return found


def amiss(
    sdk: Sdk, measures: Iterable[Measure], generated: Matrix, ratios: Mapping[str, float]
) -> Iterable[str]:
    """Why the claim does not hold, a line a reason."""
    for measure in measures:
        if not measure.holds:
            yield f"{measure.name} took {measure.seconds:.0f} s: {measure.bound:.0f} s or more"
    if generated.suites < len(sdk.suites):
        yield f"{len(sdk.suites) - generated.suites} suites are not locked"
    elif generated.locks < sdk.locks:
        yield f"{generated.locks} locks: fewer than {sdk.locks}"
    for rival, ratio in ratios.items():
        if ratio <= 1:
            yield f"{rival} is faster"


def poll(sdk: Sdk, environment: Mapping[str, str]) -> float:
    """The seconds in which release-sampler samples all packages."""
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    packages = [suite.package for suite in sdk.suites]
    command = (sys.executable, "-m", "release_sampler", "sample", *packages, f"--python={PYTHONS}")
    return run(*command, environment={**environment, **path})[0]


def poll_by_pip(sdk: Sdk, pip: Path, environment: Mapping[str, str]) -> float:
    """The seconds in which pip lists the releases of one package after another."""
    return sum(
        run(str(pip), "index", "versions", suite.folder, environment=environment)[0]
        for suite in sdk.suites
    )


def compile_by_pip(
    chosen: Sequence[Cell], room: Path, uv: str, pythons: Path, environment: Mapping[str, str]
) -> list[float]:
    """The seconds of each cell that pip-compile resolves; prints them, and which it does not."""
    times = []
    requirements = room / "requirements.in"
    for cell in chosen:
        tool = pip_compile(room, uv, interpreter(pythons, cell.python), cell.python)
        requirements.write_text(cell.requirements)
        seconds, done = attempt(
            *(str(tool), str(requirements), "--pip-args=--only-binary=:all:"),
            *RESOLVE,
            *PIP_COMPILE,
            environment=environment,
        )
        times += [] if done.returncode else [seconds]
        verdict = f" and fails, not counted:\n{done.stderr[-500:]}" if done.returncode else ""
        name = f"{cell.lock.parent.parent.name} {cell.lock.stem} on {cell.python}"
        print(f"  {name}: {seconds:.1f} s{verdict}", flush=True)
    return times


def generate(repository: Repository, sdk: Sdk) -> list[Measure]:
    """The first run, an unchanged one, one with new releases, the check; prints what failed, and why."""
    month_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=30)
    measures = []
    for name, arguments, bound in (
        ("generate-matrix, cold", ("::",), sdk.first),
        ("generate-matrix, unchanged", ("::",), 60),
        ("", (f"--as-of={month_ago:%Y-%m-%dT%H:%M:%SZ}", f"src/{BUSY}::"), 0),
        (f"generate-matrix, new releases of {BUSY}", ("::",), 60),
        ("generate-matrix --check", ("--check", "::"), 60),
    ):
        seconds, done = repository.run("generate-matrix", *arguments)
        if name:
            measures.append(tell(Measure(name, seconds, bound)))
        for line in failures(done.stdout) or [done.stdout or done.stderr] * (done.returncode != 0):
            print(f"  {line}", flush=True)
    return measures


def tell(measure: Measure) -> Measure:
    """Prints a measure; returns it."""
    print(f"{measure.name:40}{measure.seconds:8.1f} s  (< {measure.bound:.0f} s)", flush=True)
    return measure


def files(sdk: Sdk) -> dict[str, str]:
    """The suites, each with a test: path -> text."""
    return {
        path: text
        for suite in sdk.suites
        for path, text in (
            (f"src/{suite.folder}/BUILD", suite.stanza),
            (f"src/{suite.folder}/test_nothing.py", TEST),
        )
    }


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suites", choices=SDKS, default="30")
    parser.add_argument(
        "--rival-cells", type=int, default=6, help="cells for pip-compile; 0: no rivals"
    )
    parser.add_argument("--python-folder", type=Path, default=Path("~/.pyenv/versions"))
    parser.add_argument("--source", type=Path, default=Path.cwd(), help="this repository")
    options = parser.parse_args()
    pythons = options.python_folder.expanduser()
    sdk = SDKS[options.suites]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        room = Path(temporary)
        uv = locked_uv(room)
        compiler = pip_compile(room, uv, interpreter(pythons, RIVAL_PYTHON), RIVAL_PYTHON)
        ours = {"XDG_CACHE_HOME": str(room / "cache-ours")}
        theirs = {"XDG_CACHE_HOME": str(room / "cache-theirs")}

        print(f"{len(sdk.suites)} packages", flush=True)
        measures = [
            tell(Measure(f"release-sampler, {state}", poll(sdk, ours), 60))
            for state in ("cold", "again")
        ]
        ratios: dict[str, float] = {}
        if options.rival_cells:
            listed = [poll_by_pip(sdk, compiler.with_name("pip"), theirs) for _ in measures]
            ratios["pip index versions"] = listed[0] / measures[0].seconds
            told = " and ".join(
                f"{seconds:.1f} s ({seconds / measure.seconds:.1f}x)"
                for seconds, measure in zip(listed, measures)
            )
            print(f"pip index versions, one by one: {told}", flush=True)

        empty = {
            "PANTS_LOCAL_STORE_DIR": str(room / "store"),
            "PANTS_NAMED_CACHES_DIR": str(room / "caches"),
            "PANTS_VERSION_MATRIX_SAMPLES": str(sdk.samples),
        }
        repository = make_repository(options.source.resolve(), room / "sdk", files(sdk), empty)
        try:
            generated = generate(repository, sdk)
        finally:
            repository.stop()
        made = matrix(repository.root)
        print(
            f"{made.suites} suites, {made.samples} samples, {made.cells} cells, {made.locks} locks"
        )

        compiled: list[float] = []
        if made.cells and options.rival_cells:
            chosen = spread(cells(repository.root), options.rival_cells)
            print(f"pip-compile, {len(chosen)} of {made.cells} cells", flush=True)
            compiled = compile_by_pip(chosen, room, uv, pythons, theirs)
        if compiled:
            a_lock, a_cell = generated[0].seconds / made.locks, statistics.mean(compiled)
            ratios["pip-compile"] = a_cell / a_lock
            print(
                f"a lock: generate-matrix {a_lock:.1f} s, all told; pip-compile {a_cell:.1f} s: "
                f"{a_cell / a_lock:.1f}x"
            )
        reasons = list(amiss(sdk, [*measures, *generated], made, ratios))
    print("\n".join(["the claim does NOT hold:", *reasons] if reasons else ["the claim holds"]))
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
