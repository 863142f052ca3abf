"""What a command takes, and Pants' daemon holds, at 60, 600 and 3,000 cells over 200 and 1,000 modules.

    ./pants run benchmarks/scale.py
    ./pants run benchmarks/scale.py -- --modules=200 --cells 60 600 --untested

Makes a repository a shape: suites of ten cells, each of which tests a module that imports others. Each
cell has one of six locks of this repository, on two Pythons, so that environments weigh what they
weigh; but for pytest stands a wheel that says at once that a test has passed, because not pytest is
measured, but Pants and the plugin.

Warm is a daemon that has answered before. Cells of every shape are run twice with nothing changed, and
once more by a new daemon, from disk; how long the first run took depends on what Pants' store already
has, and is told without a bound. The daemon's memory is what is resident, with the pages of Pants' store
that it has mapped. Rounds go in turns over all shapes, so that noise falls on all of them; processor
seconds are those of the daemon and of what it runs. Exits 1 if one of `BOUNDS` does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import statistics
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Mapping, Sequence

from scratch_repository import Repository, make_repository, write

MODULES_A_SUITE = 4
CELLS_A_SUITE = 10
PYTHONS = ("3.13", "3.14")
LOCKS = "libs/shared/trace-baton/tests/integrations"
LOCKED = ("bottle", "dramatiq", "httpx", "huey", "loguru", "structlog")

WARM, CHANGED, EDITED, PEEK = "list, warm", "--changed-since list", "list, a BUILD edited", "peek"
FIRST, UNCHANGED, FROM_DISK = "test, first", "test, unchanged", "test, unchanged, from disk"
HELD, HELD_FROM_DISK = "pantsd after all, MB", "pantsd, results from disk, MB"

# Seconds or megabytes, whatever the shape.
BOUNDS = {WARM: 1, CHANGED: 2, UNCHANGED: 30, HELD: 1500, HELD_FROM_DISK: 1500}


PYTEST = """\
def hookimpl(**options):
    return lambda hook: hook


def main(arguments, plugins):
    (results,) = [each for each in arguments if each.startswith("--junit-xml=")]
    with open(results.partition("=")[2], "w") as file:
        file.write('<testsuites><testsuite><testcase name="test"/></testsuite></testsuites>')
    return 0
"""


@dataclass(frozen=True)
class Shape:
    """How many of what a repository has."""

    modules: int
    cells: int

    def __str__(self) -> str:
        return f"{self.cells}/{self.modules}"


def synthetic(shape: Shape, locks: Sequence[str]) -> dict[str, str]:
    """Modules, some of which import the one before them, and suites; path -> text."""
    files = {"src/app/BUILD": "python_sources()\n", "src/app/__init__.py": ""}
    for number in range(shape.modules):
        previous = f"import app.m{number - 1}\n" if number % MODULES_A_SUITE else ""
        files[f"src/app/m{number}.py"] = f"{previous}VALUE = {number}\n"
    for number in range(shape.cells // CELLS_A_SUITE):
        module = (number * MODULES_A_SUITE + 3) % shape.modules
        files |= suite(f"src/suites/s{number}", module=module, locks=locks)
    return files


def suite(folder: str, *, module: int, locks: Sequence[str]) -> dict[str, str]:
    """A suite as `generate-matrix` would leave it."""
    versions = [f"{number}.0" for number in range(1, CELLS_A_SUITE // len(PYTHONS) + 1)]
    samples = [
        {"version": version, "tier": "between", "pythons": PYTHONS, "lock": ""}
        for version in versions
    ]
    return {
        f"{folder}/BUILD": 'python_matrix_tests(name="matrix", package="example>=1")\n',
        f"{folder}/test_it.py": f"import app.m{module}\n\n\ndef test() -> None: ...\n",
        f"{folder}/matrix/samples.json": json.dumps({"samples": samples, "snapshot": ""}),
        **{
            f"{folder}/matrix/{version}.lock": locks[(module + number) % len(locks)]
            for number, version in enumerate(versions)
        },
    }


def real_locks(source: Path, pytest: str) -> Sequence[str]:
    """Of each of these suites the newest lock that holds for both Pythons, with another pytest."""
    found = []
    for folder in LOCKED:
        serving = [
            text
            for text in (
                path.read_text() for path in source.glob(f"{LOCKS}/{folder}/matrix/*.lock")
            )
            if {*PYTHONS} <= set(re.split(r"[:,] ", re.findall(r"# pythons: .*", text)[0]))
        ]
        lock = max(serving, key=_release)
        found.append(re.sub(r"^pytest==.*\n(?: .*\n)*", "", lock, flags=re.MULTILINE) + pytest)
    return found


def _release(lock: str) -> list[int]:
    required = re.findall(r"^# requires: [^=]+==([\d.]+)", lock, re.MULTILINE)
    return [int(part) for part in required[0].split(".")]


def make_pytest(folder: Path) -> str:
    """Writes the wheel that stands for pytest; returns its lines for a lock."""
    info = "pytest-0.dist-info"
    files = {
        "pytest.py": PYTEST,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: pytest\nVersion: 0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    wheel = folder / "pytest-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            # Without the time of day: results of an earlier run are found again.
            archive.writestr(zipfile.ZipInfo(path), text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"pytest==0 \\\n    --hash=sha256:{digest}\n"


def list_warm(repository: Repository) -> float:
    """`list ::`, nothing edited."""
    return repository.pants("list", "::")[0]


def list_edited(repository: Repository) -> float:
    """`list ::` after an edit that leaves nothing of the graph but its memory."""
    write(repository.root / "src/app/BUILD", f"python_sources()\n# {time.time_ns()}\n")
    return list_warm(repository)


def list_changed(repository: Repository) -> float:
    """`--changed-since` after an edit of one module."""
    write(repository.root / "src/app/m0.py", f"VALUE = {time.time_ns()}\n")
    return repository.pants("--changed-since=HEAD", "list")[0]


def peek(repository: Repository) -> float:
    """`peek ::`, nothing edited."""
    return repository.pants("peek", "::")[0]


@dataclass(frozen=True)
class Taken:
    """Seconds, and processor seconds of the daemon and of what it has run."""

    wall: float
    processor: float


def timed(run: Callable[[Repository], float], repository: Repository) -> Taken:
    """What a command takes of a daemon that runs before it."""
    before = repository.processor()
    seconds = run(repository)
    return Taken(seconds, repository.processor() - before)


def in_turns(
    repositories: Mapping[Shape, Repository], run: Callable[[Repository], float], rounds: int
) -> list[Taken]:
    """The medians of each repository."""
    taken = [[timed(run, each) for each in repositories.values()] for _ in range(rounds)]
    return [
        Taken(
            statistics.median(each.wall for each in runs),
            statistics.median(each.processor for each in runs),
        )
        for runs in zip(*taken)
    ]


def tests(repository: Repository) -> tuple[dict[str, Taken], dict[str, float]]:
    """What tests take with nothing changed, and what the daemon holds then."""
    repository.git("checkout", "-q", ".")
    taken = {FIRST: timed(test, repository), UNCHANGED: timed(test, repository)}
    held = repository.memory()
    repository.stop()
    taken[FROM_DISK] = timed(test, repository)
    return taken, {HELD: held, HELD_FROM_DISK: repository.memory()}


def test(repository: Repository) -> float:
    """`test ::`."""
    return repository.pants("--no-dynamic-ui", "test", "::")[0]


def tell_taken(name: str, taken: Sequence[Taken]) -> list[str]:
    """Prints wall and processor seconds of all shapes; returns which bounds the former pass."""
    beyond = tell(name, [each.wall for each in taken])
    tell("    processor", [each.processor for each in taken])
    return beyond


def tell(name: str, figures: Iterable[float]) -> list[str]:
    """Prints the figures of all shapes; returns which bounds they pass."""
    figures = list(figures)
    bound = BOUNDS.get(name, 0)
    told = f"  (< {bound})" if bound else ""
    print(f"{name:32}" + "".join(f"{figure:12.2f}" for figure in figures) + told, flush=True)
    return [f"{name}: {figure:.2f}" for figure in figures if bound and figure >= bound]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--cells", type=int, nargs="+", default=[60, 600, 3000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--untested", action="store_true", help="no cell is run")
    parser.add_argument("--source", type=Path, default=Path.cwd(), help="this repository")
    options = parser.parse_args()
    source = options.source.resolve()
    shapes = [Shape(modules, cells) for modules in options.modules for cells in options.cells]
    amiss = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        room = Path(temporary)
        locks = real_locks(source, make_pytest(room))
        links = {"PIP_FIND_LINKS": str(room)}
        repositories = {
            shape: make_repository(
                source, room / f"{shape.cells}-{shape.modules}", synthetic(shape, locks), links
            )
            for shape in shapes
        }
        try:
            print(f"{'cells/modules':32}" + "".join(f"{shape!s:>12}" for shape in shapes))
            tell("list, cold", [list_warm(each) for each in repositories.values()])
            for name, run in (
                (WARM, list_warm),
                (CHANGED, list_changed),
                (EDITED, list_edited),
                (PEEK, peek),
            ):
                run(list(repositories.values())[0])
                amiss += tell_taken(name, in_turns(repositories, run, options.rounds))
            tell("pantsd, MB", [each.memory() for each in repositories.values()])
            if not options.untested:
                found = [tests(repository) for repository in repositories.values()]
                for name in found[0][0]:
                    amiss += tell_taken(name, [taken[name] for taken, _ in found])
                for name in found[0][1]:
                    amiss += tell(name, [held[name] for _, held in found])
        finally:
            for repository in repositories.values():
                repository.stop()
    print("\n".join(["the claim does NOT hold:", *amiss] if amiss else ["the claim holds"]))
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
