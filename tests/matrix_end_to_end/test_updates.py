"""`matrix-updates` beside a real Pants: news of the index become proposals, and the canary sings.

The story of the canary is that of celery and kombu in 2018: a library that everybody tested with one
release of its queue was installed with the next, which broke it. No lock changed, so nothing was red.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Dict, Iterator, Tuple

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import HERE, MATRIX, SUITE, Repository

REQUIREMENTS = ("msgspec", "jinja2", "markupsafe", "defusedxml", "packaging", "tomli")
SETTINGS = """\
[tool.matrix-updates]
# The locks of this repository are made by hand.
ignored-locks = ["main", "coverage"]
"""
LONG_AGO = "2024-08-01T00:00:00Z"

Ran = Tuple[int, str]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with what matrix-updates requires."""
    folder = tmp_path_factory.mktemp("updates") / "venv"
    venv.create(folder, with_pip=True)
    made = folder / "bin/python"
    subprocess.run((made, "-m", "pip", "install", "-q", *REQUIREMENTS), check=True)
    return made


@pytest.fixture(scope="module")
def queued(repository: Repository, index: PackageIndex) -> Iterator[Repository]:
    """The suite's package needs a queue, whose first release every lock has."""
    index.release(
        "matrix-queue", "1.0.0", uploaded="2024-01-01T00:00:00Z", code="NAME = 'example'\n"
    )
    index.release(
        "matrix-example",
        "2.1.0",
        uploaded="2024-07-02T00:00:00Z",
        code="from matrix_queue import NAME\n",
        requires=("matrix-queue>=1",),
    )
    # What this repository's bootstrap made for Pants serves the worktrees, too.
    pants = (
        f"#!/bin/sh\nmkdir -p .cache && ln -sfn {HERE}/.cache/pex .cache/pex\n"
        f'exec {sys.executable} -m pants "$@"\n'
    )
    repository.write({"pants": pants, "pyproject.toml": SETTINGS})
    (repository.root / "pants").chmod(0o755)
    repository.succeed("generate-matrix", "::")
    # What grows upstream needs no queue any more. Nothing that is generated depends on it.
    url = index.branch("matrix-example", "3.1.0.dev0", "NAME = 'example'\n")
    build = repository.read(f"{SUITE}/BUILD")
    repository.write({f"{SUITE}/BUILD": build.replace(")\n", f", upstream={url!r})\n")})
    repository.succeed("generate-matrix", "--check", "::")
    repository.commit("generate")
    repository.stop()
    yield repository


def updates(repository: Repository, python: Path, *arguments: object) -> Ran:
    """Runs the program; returns its exit code and all that it printed."""
    sources = [
        str(HERE / f"libs/shared/{name}/src")
        for name in ("matrix-updates", "matrix-results", "release-sampler")
    ]
    program = (
        "import os, sys; os.environ['PYTHONPATH'] = os.environ['FOR_PANTS'];"
        f"sys.path[:0] = {sources!r};"
        "from matrix_updates.cli import main; sys.exit(main())"
    )
    env: Dict[str, str] = {**repository.env, "FOR_PANTS": repository.env["PYTHONPATH"]}
    done = subprocess.run(
        (str(python), "-I", "-c", program, *map(str, arguments)),
        cwd=repository.root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_a_release_that_breaks_a_suite_is_a_red_proposal(
    queued: Repository, python: Path, index: PackageIndex, tmp_path: Path
) -> None:
    links = dict(index.links)
    index.release("matrix-example", "3.0.0", uploaded=LONG_AGO, code="NAME = 'stranger'\n")
    code, printed = updates(
        queued, python, "prepare", "--output", tmp_path / "out", "--advisories=off"
    )
    index.restore(links)
    assert code == 0, printed
    (file,) = tmp_path.glob("out/matrix-example-*.json")
    (unit,) = json.loads(file.read_text())["units"]
    assert [(each["version"], each["effect"]) for each in unit["samples"]][0] == ("3.0.0", "added")
    red = {(cell["version"], cell["status"]) for cell in unit["cells"]}
    text = file.with_suffix(".md").read_text()
    assert ("3.0.0", "failed") in red and ("2.1.0", "passed") in red, text
    assert all(cell["failing"] for cell in unit["cells"] if cell["status"] == "failed")
    (told,) = unit["first_bad"]
    assert told["cell"].startswith(f"{MATRIX}#3.0.0@python=")
    assert (told["release"], told["uploaded"]) == ("3.0.0", LONG_AGO), told["told"]
    assert told["cause"] == "matrix-example 3.0.0 itself"
    assert text.startswith("# Test matrix-example 3.0.0\n\n**Red**: ")
    bundle = subprocess.run(
        ("git", "bundle", "list-heads", str(tmp_path / "out/updates.bundle")),
        cwd=queued.root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    head, _, name = bundle.stdout.strip().partition(" ")
    assert name == f"refs/matrix-updates/{file.stem}"
    changed = queued.git("diff", "--name-only", "main", head).split()
    assert changed and all(path.startswith(f"{SUITE}/matrix/") for path in changed)
    # A person's checkout and their repository are as they were.
    assert queued.git("status", "--porcelain") == ""
    assert queued.git("worktree", "list").count("\n") == 1


def test_the_canary_meets_the_broken_queue_before_production_does(
    queued: Repository, python: Path, index: PackageIndex, tmp_path: Path
) -> None:
    links = dict(index.links)
    # An hour old: no lock would have it before it has cooled down.
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    index.release(
        "matrix-queue", "1.1.0", uploaded=f"{now:%Y-%m-%dT%H:%M:%SZ}", code="TITLE = 'example'\n"
    )
    song = tmp_path / "canary.json"
    code, printed = updates(queued, python, "canary", "--output", song)
    index.restore(links)
    assert code == 4, printed
    assert "matrix-example 2.1.0: RED" in printed
    assert "matrix-queue: tested with 1.0.0, installed today 1.1.0" in printed
    told = json.loads(song.read_text())
    (suite,), (ahead,) = told["suites"], told["upstreams"]
    assert {cell["status"] for cell in suite["cells"]} == {"failed"}
    assert all("test_example" in cell["failing"] for cell in suite["cells"]), suite
    (found,) = suite["first_bad"]
    assert found["cause"] == "its pin matrix-queue 1.1.0, and not matrix-example itself", found
    assert found["pins"] == ["matrix-queue 1.0.0 -> 1.1.0"]
    assert {(cell["version"], cell["status"]) for cell in ahead["cells"]} == {("2.1.0", "passed")}
    assert f"matrix-example with {ahead['upstream']}: green" in printed
    assert queued.git("status", "--porcelain") == ""
