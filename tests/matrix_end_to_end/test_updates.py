"""`matrix-updates` beside a real Pants, by the shell steps of its workflows, in order: news of the index
become requests, and the canary sings.

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
from typing import Iterator, Tuple

import pytest
import yaml  # pants: no-infer-dep

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import HERE, MATRIX, SUITE, Repository

REQUIREMENTS = ("msgspec", "jinja2", "markupsafe", "defusedxml", "packaging", "tomli")
SETTINGS = """\
[tool.matrix-updates]
# The locks of this repository are made by hand.
ignored-locks = ["main", "coverage"]
"""
LONG_AGO = "2024-08-01T00:00:00Z"
# What the steps call: the program where they run it, else this repository's Pants.
PANTS = """\
#!/bin/sh
mkdir -p .cache && ln -sfn {here}/.cache/pex .cache/pex
case "$1" in run) [ "$2 $3" = "libs/shared/matrix-updates:matrix-updates --" ] && shift 3 || exit 9
  exec {updates} -I {program} "$@" ;;
esac
exec {python} -m pants "$@"
"""
# Notes how it is called, and opens requests.
GH = """\
#!{python} -IS
import json, sys
with open({log!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
print("[]" if sys.argv[2] == "list" else "https://forge.example/pull/1")
"""

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
def queued(repository: Repository, python: Path, index: PackageIndex) -> Iterator[Repository]:
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
    program = python.with_name("matrix_updates_here.py")
    sources = [
        str(HERE / f"libs/shared/{name}/src")
        for name in ("matrix-updates", "matrix-results", "release-sampler")
    ]
    program.write_text(
        f"import sys\n\nsys.path[:0] = {sources!r}\nfrom matrix_updates.cli import main\n\n"
        "sys.exit(main())\n"
    )
    # What this repository's bootstrap made for Pants serves the worktrees, too.
    pants = PANTS.format(here=HERE, python=sys.executable, updates=python, program=program)
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
    repository.git("remote", "remove", "origin", check=False)


def act(repository: Repository, workflow: str, job: str, **more: str) -> Ran:
    """Runs the shell steps of a job, as far as they go; returns the last status, and what they said."""
    text = (HERE / f".github/workflows/{workflow}.yml").read_text()
    steps = [each["run"] for each in yaml.safe_load(text)["jobs"][job]["steps"] if "run" in each]
    assert steps and not any("${{" in step for step in steps)
    said = ""
    for step in steps:
        done = subprocess.run(
            ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step),
            cwd=repository.root,
            env={**repository.env, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said += done.stdout
        if done.returncode != 0:
            return done.returncode, said
    return 0, said


def test_a_release_that_breaks_a_suite_is_a_red_request(
    queued: Repository, index: PackageIndex, tmp_path: Path
) -> None:
    links = dict(index.links)
    index.release("matrix-example", "3.0.0", uploaded=LONG_AGO, code="NAME = 'stranger'\n")
    code, printed = act(queued, "update", "prepare", ONLY="")
    index.restore(links)
    assert code == 0, printed
    out = queued.root / "dist/updates"
    (file,) = out.glob("matrix-example-*.json")
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
        ("git", "bundle", "list-heads", str(out / "updates.bundle")),
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
    published(queued, tmp_path, file.stem, head)


def published(queued: Repository, room: Path, name: str, head: str) -> None:
    """The other job takes the folder, pushes the branch and opens a draft."""
    remote, programs, log = room / "remote.git", room / "bin", room / "gh.jsonl"
    queued.git("clone", "-q", "--bare", str(queued.root), str(remote))
    queued.git("remote", "add", "origin", str(remote))
    programs.mkdir()
    (programs / "gh").write_text(GH.format(python=sys.executable, log=str(log)))
    (programs / "gh").chmod(0o755)
    path = f"{programs}:{queued.env['PATH']}"
    code, printed = act(queued, "update", "publish", PATH=path, GH_TOKEN="secret")
    assert (code, "opened as a draft" in printed) == (0, True), printed
    listed, opened = map(json.loads, log.read_text().splitlines())
    assert listed[:2] == ["pr", "list"] and opened[:2] == ["pr", "create"] and "--draft" in opened
    assert queued.git("ls-remote", "origin", f"matrix-updates/{name}").split()[0] == head
    assert json.loads(queued.read("dist/merged.json"))["requests"] == []


def test_the_canary_meets_the_broken_queue_before_production_does(
    queued: Repository, index: PackageIndex
) -> None:
    links = dict(index.links)
    # An hour old: no lock would have it before it has cooled down.
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    index.release(
        "matrix-queue", "1.1.0", uploaded=f"{now:%Y-%m-%dT%H:%M:%SZ}", code="TITLE = 'example'\n"
    )
    code, printed = act(queued, "canary", "canary")
    index.restore(links)
    assert code == 4, printed
    assert "matrix-example 2.1.0: RED" in printed
    assert "matrix-queue: tested with 1.0.0, installed today 1.1.0" in printed
    told = json.loads(queued.read("dist/canary.json"))
    (suite,), (ahead,) = told["suites"], told["upstreams"]
    assert {cell["status"] for cell in suite["cells"]} == {"failed"}
    assert all("test_example" in cell["failing"] for cell in suite["cells"]), suite
    (found,) = suite["first_bad"]
    assert found["cause"] == "its pin matrix-queue 1.1.0, and not matrix-example itself", found
    assert found["pins"] == ["matrix-queue 1.0.0 -> 1.1.0"]
    assert {(cell["version"], cell["status"]) for cell in ahead["cells"]} == {("2.1.0", "passed")}
    assert f"matrix-example with {ahead['upstream']}: green" in printed
    assert queued.git("status", "--porcelain") == ""
