"""Two to four packages at once: cells and pairs, beside the product and beside a covering array alone.

    ./pants run benchmarks/combinations.py
    ./pants run benchmarks/combinations.py -- --install --python-folder=~/.pyenv/versions

Samples Django REST framework, Django and what is used with both from the live index, by the policy of
this repository. The product is every combination of samples that go together, on every target Python
that all members admit; a pair is of two samples, or of a sample and a Python, that some cell of the
product has. The covering array is covertable's, in a virtual environment made for it: told nothing of
what goes together, and told of every pair that does not.

With `--install`, uv installs the chosen combinations of the two packages, and those that are called
impossible: the first must go, the others must not, on any target Python there is.

Needs the index, and for `--install` the Pythons. Exits 1 unless, of two packages, `corners` has at
most a third of the product's cells with all floors among them, and `pairs` at most half with every
pair; and unless what was installed is as told.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import combinations, product
from pathlib import Path

from pip_compile import attempt, locked_uv, run
from release_sampler import Combination, Policy, Previous, Sampling, Snapshot, Suite, sample_suite
from release_sampler.basis.model import Combine
from release_sampler.choice.together import Member, Together
from release_sampler.index.client import open_index
from release_sampler.plan import Index

PACKAGE = "djangorestframework>=3.14"
AXES = ("django>=4.2", "django-filter>=23.2", "drf-spectacular>=0.26")
LIBRARY = "covertable==3.2.0"
PYTHON = "Python"

Cell = Mapping[str, str]
"""Package -> release, and `Python` -> a target Python."""

_ALONE = """
import json, sys
from covertable import make
factors, excluded = json.load(sys.stdin)
equal = lambda name, value: {"operator": "eq", "left": name, "value": value}
constraints = [
    {"operator": "not", "condition": {"operator": "and", "conditions": [equal(*one), equal(*other)]}}
    for one, other in excluded
]
rows = make(factors, **({"constraints": constraints} if constraints else {}))
print(json.dumps([dict(row) for row in rows]))
"""


@dataclass(frozen=True)
class Count:
    """What a choice comes to: cells, those of them that can exist, and pairs of all that there are."""

    cells: int
    possible: int
    pairs: int


def pairs_of(cells: Iterable[Cell]) -> frozenset[frozenset[tuple[str, str]]]:
    """Every two values that some cell has."""
    return frozenset(
        frozenset(pair) for cell in cells for pair in combinations(sorted(cell.items()), 2)
    )


def cells_of(chosen: Iterable[Combination]) -> list[Cell]:
    """The cells of combinations."""
    return [{**dict(one.releases), PYTHON: python} for one in chosen for python in one.pythons]


def whole(together: Together) -> list[Cell]:
    """The product: every combination on every Python that all members admit."""
    names = [member.name for member in together.members]
    found: list[Cell] = []
    for versions in product(*(member.versions for member in together.members)):
        releases = dict(zip(names, versions))
        found += [{**releases, PYTHON: p} for p in together.able(releases).admitted]
    return found


def counted(cells: Iterable[Cell], every: Iterable[Cell]) -> Count:
    """A choice beside the product."""
    cells, every = list(cells), list(every)
    possible = [cell for cell in cells if cell in every]
    return Count(len(cells), len(possible), len(pairs_of(possible)))


def target_pythons(configuration: Path) -> tuple[str, ...]:
    """Those of the policy of this repository."""
    options = tomllib.loads(configuration.read_text())["version-matrix"]
    return tuple(options["target_pythons"])


def polled(suite: Suite, policy: Policy, index: Index, as_of: datetime) -> dict[str, Snapshot]:
    """The snapshot of each member, with what its samples require."""
    found = {}
    for member in suite.members:
        snapshot = index.fetch(member.name, None)
        sampling = sample_suite(member, policy, {member.name: snapshot}, Previous({}), as_of)
        versions = [sample.version for sample in sampling.samples]
        found[member.name] = index.classify(snapshot, versions, requires=True)
    return found


def members_of(suite: Suite, sampling: Sampling, snapshots: Mapping[str, Snapshot]) -> list[Member]:
    """Each package with its samples."""
    every = {suite.name: sampling, **sampling.axes}
    return [
        Member(
            member,
            tuple(
                release
                for release in snapshots[member.name].releases
                if release.version in {s.version for s in every[member.name].samples}
            ),
        )
        for member in suite.members
    ]


def library(room: Path) -> Path:
    """A Python that has the covering-array library."""
    venv = room / "venv-library"
    run(sys.executable, "-m", "venv", str(venv))
    run(f"{venv}/bin/python", "-m", "pip", "install", "--quiet", LIBRARY)
    return venv / "bin/python"


def array(python: Path, room: Path, together: Together, excluded: bool) -> list[Cell]:
    """The rows of a covering array, told of the pairs that do not go or of nothing."""
    factors = {member.name: list(member.versions) for member in together.members}
    factors[PYTHON] = list(together.policy.minors)
    there = pairs_of(whole(together))
    pairs = [
        [one, other]
        for first, second in combinations(factors, 2)
        for one in ([first, value] for value in factors[first])
        for other in ([second, value] for value in factors[second])
        if frozenset({tuple(one), tuple(other)}) not in there
    ]
    script, question = room / "alone.py", room / "factors.json"
    script.write_text(_ALONE)
    question.write_text(json.dumps([factors, pairs if excluded else []]))
    shell = f'exec "{python}" "{script}" < "{question}"'
    rows: list[Cell] = json.loads(run("sh", "-c", shell)[1])
    return rows


def found_python(folder: Path, python: str) -> str:
    """A Python of that folder (pyenv's layout), else the one that uv finds."""
    return str(next(iter(sorted(folder.glob(f"{python}.*/bin/python"), reverse=True)), python))


def installs(uv: str, room: Path, executable: str, releases: Mapping[str, str]) -> bool:
    """Whether uv installs these releases together on a Python, from wheels."""
    pins = [f"{name}=={version}" for name, version in releases.items()]
    target = room / re.sub(r"\W", "-", f"{executable}-{'-'.join(pins)}")
    options = ("--quiet", "--no-config", "--only-binary=:all:", "--no-python-downloads")
    command = (uv, "pip", "install", f"--python={executable}", f"--target={target}")
    done = attempt(*command, *options, *pins)[1]
    if done.returncode != 0 and "No interpreter found" in done.stderr:
        raise SystemExit(done.stderr)
    return done.returncode == 0


def disagreements(
    room: Path, folder: Path, pythons: Iterable[str], sampling: Sampling
) -> Iterable[str]:
    """What was installed and should not be, or the other way round, a line each."""
    uv = locked_uv(room)
    there = {python: found_python(folder, python) for python in pythons}
    for cell in cells_of(sampling.combinations):
        releases = {name: version for name, version in cell.items() if name != PYTHON}
        if not installs(uv, room, there[cell[PYTHON]], releases):
            yield f"{cell} was chosen, and cannot be installed"
    for one in sampling.impossible:
        for python in [one.python] if one.python else there:
            if installs(uv, room, there[python], dict(one.releases)):
                yield f"{one.reason}: but it can be installed on Python {python}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--python-folder", type=Path, default=Path("~/.pyenv/versions"))
    options = parser.parse_args()
    policy = Policy(target_pythons=target_pythons(Path("pants.toml")))
    now, index = datetime.now(timezone.utc), open_index()
    held = True
    with tempfile.TemporaryDirectory() as temporary:
        room = Path(temporary)
        python = library(room)
        for count in range(1, len(AXES) + 1):
            suite = Suite(PACKAGE, axes=AXES[:count])
            snapshots = polled(suite, policy, index, now)
            sampled = {
                combine: sample_suite(
                    Suite(PACKAGE, axes=AXES[:count], combine=combine),
                    policy,
                    snapshots,
                    Previous({}),
                    now,
                )
                for combine in (Combine.CORNERS, Combine.PAIRS)
            }
            corners, pairs = sampled[Combine.CORNERS], sampled[Combine.PAIRS]
            together = Together(policy, tuple(members_of(suite, corners, snapshots)), ())
            every = whole(together)
            told = {
                "product": counted(every, every),
                "corners": counted(cells_of(corners.combinations), every),
                "pairs": counted(cells_of(pairs.combinations), every),
                "array alone": counted(array(python, room, together, False), every),
                "array, told": counted(array(python, room, together, True), every),
            }
            total = told["product"].pairs
            print(f"{count + 1} packages: {', '.join(m.name for m in suite.members)}")
            for name, each in told.items():
                lost = f", {each.cells - each.possible} of them cannot be"
                print(
                    f"  {name:12} {each.cells:5} cells{lost if each.cells > each.possible else ''}, "
                    f"{each.pairs} of {total} pairs"
                )
            if count > 1:
                continue
            floors = {member.name: member.versions[0] for member in together.members}
            held = (
                told["corners"].cells * 3 <= told["product"].cells
                and told["pairs"].cells * 2 <= told["product"].cells
                and told["pairs"].pairs == total
                and floors in [dict(one.releases) for one in corners.combinations]
            )
            if options.install:
                folder = options.python_folder.expanduser()
                for sampling in (corners, pairs):
                    wrong = list(disagreements(room, folder, policy.minors, sampling))
                    cells = len(cells_of(sampling.combinations))
                    print(
                        f"  installed {cells} cells; {len(sampling.impossible)} impossible ones "
                        f"tried: {len(wrong)} not as told"
                    )
                    print("".join(f"    {line}\n" for line in wrong), end="")
                    held = held and not wrong
    print("as claimed" if held else "NOT as claimed")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
