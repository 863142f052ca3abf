"""A repository with suites and locks, its remote, a Pants and a forge that tests tell what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

SUITES = ("alpha", "beta", "gamma")
HASH = "a" * 64

# Does to the worktree what the world says that Pants does today.
_PANTS = """\
#!{python} -IS
import json, os, signal, sys
from pathlib import Path

world = Path({world!r})
said = json.loads((world / "today.json").read_text())
argv = sys.argv[1:]
kept = {{name: value for name, value in os.environ.items() if "TOKEN" in name}}
with (world / "pants.jsonl").open("a") as file:
    file.write(json.dumps({{"argv": argv, "tokens": kept}}) + "\\n")
goal = next((each for each in argv if not each.startswith("-")), "")
if goal == said.get("killed_at"):
    # As the system does that is out of memory, or a person who has waited long enough.
    os.kill(os.getppid(), signal.SIGKILL)
spec = argv[-1]
address = spec.partition("#")[0]


def suite_folder(address):
    return Path(*address.split(":"))


def samples(address):
    return json.loads((suite_folder(address) / "samples.json").read_text())


def red_of(address):
    # Sample -> the test that fails: with an unreleased source, if that is what is locked.
    today = said["suites"].get(address, {{}})
    locks = suite_folder(address).glob("*.lock")
    ahead = any(" @ " in lock.read_text() for lock in locks)
    return (today["upstream"] if ahead else today).get("red", {{}})


def ends(about):
    if about.get("crash"):
        print(about["crash"], file=sys.stderr)
        sys.exit(about.get("status", 1))


if goal == "matrix":
    listed = [
        {{"address": each, "package": None, **(
            {{"upstream": about["upstream"]["url"]}} if "upstream" in about else {{}}
        )}}
        for each, about in said["suites"].items()
    ]
    print(json.dumps(listed))
elif goal == "generate-matrix":
    today = said["suites"][address]
    if any(each.startswith("--version-matrix-upstream=") for each in argv):
        today = today["upstream"]
    for name, text in today.get("files", {{}}).items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
    ends(today)
elif goal in ("test", "lint"):
    red = red_of(address)
    for name, text in said.get("tests_write", {{}}).items():
        Path(name).write_text(text)
    locks = said.get("lock_tests", 0) if not address.count(":matrix") else 0
    sys.exit(1 if red or locks else 0)
elif goal == "matrix-report":
    today = said["suites"][address]
    if today.get("no_report"):
        sys.exit("there is no folder dist/test/reports")
    cells = []
    for sample in samples(address)["samples"]:
        for python in sample["pythons"]:
            test = red_of(address).get(sample["version"])
            cells.append({{
                "version": sample["version"], "tier": sample["tier"], "python": python,
                "status": "failed" if test else "passed", "tests": 2, "failed": 1 if test else 0,
                "failures": [{{"test": test, "text": "boom"}}] if test else [],
            }})
    suite = {{"address": address, "package": samples(address)["suite"]["package"], "cells": cells}}
    report = {{"schema_version": 2, "made_at": "2026-11-30T00:00:00Z", "suites": [suite]}}
    Path("dist/matrix").mkdir(parents=True, exist_ok=True)
    Path("dist/matrix/report.json").write_text(today.get("report") or json.dumps(report))
elif goal == "list":
    print("\\n".join(said.get("requirements", {{}})))
elif goal == "dependents":
    print("\\n".join(said["requirements"][spec]))
elif goal == "bisect-matrix":
    answer = said["suites"][address].get("bisect")
    if answer is None:
        sys.exit("Unknown goal: bisect-matrix")
    if isinstance(answer, int):
        print("bisect-matrix: it is so", file=sys.stderr)
        sys.exit(answer)
    print(json.dumps(answer))
elif goal == "generate-lockfiles":
    resolve = next(each for each in argv if each.startswith("--resolve=")).partition("=")[2][:-5]
    today = said["locks"].get(resolve, {{}})
    ends(today)
    for name, text in today.get("files", {{}}).items():
        Path(name).write_text(text)
"""

# Keeps requests in a file, as a forge would.
_GH = """\
#!{python} -IS
import fcntl, json, sys
from pathlib import Path

world = Path({world!r})
lock = (world / "forge.lock").open("w")
fcntl.flock(lock, fcntl.LOCK_EX)
state = world / "forge.json"
forge = json.loads(state.read_text())
argv = sys.argv[1:]
content = sys.stdin.read()
with (world / "forge.jsonl").open("a") as file:
    file.write(json.dumps(argv) + "\\n")
if forge["fails"].get(argv[1]):
    sys.exit(forge["fails"][argv[1]])
option = lambda name: argv[argv.index(name) + 1] if name in argv else None
request = next((each for each in forge["requests"] if str(each["number"]) == argv[2]), None)
if argv[1] == "list":
    print(json.dumps(forge["requests"]))
elif argv[1] == "create" and any(
    each["state"] == "OPEN" and each["headRefName"] == option("--head") for each in forge["requests"]
):
    sys.exit("a pull request for branch %r already exists" % option("--head"))
elif argv[1] == "create":
    number = len(forge["requests"]) + 1
    forge["requests"].append({{
        "number": number, "headRefName": option("--head"), "state": "OPEN", "title": option("--title"),
        "isDraft": "--draft" in argv, "isCrossRepository": False, "body": content,
        "url": "https://forge.example/pull/%d" % number,
    }})
    print("https://forge.example/pull/%d" % number)
elif argv[1] == "edit":
    request["body"] = content
    request["title"] = option("--title") or request["title"]
elif argv[1] == "ready":
    request["isDraft"] = "--undo" in argv
elif argv[1] == "close":
    request["state"] = "CLOSED"
state.write_text(json.dumps(forge, indent=1))
"""


def address(name: str) -> str:
    return f"lib/tests/{name}:matrix"


def lock(**pins: str) -> str:
    lines = [
        f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{HASH}\n"
        for name, version in sorted(pins.items())
    ]
    return "# GENERATED by `./pants`. DO NOT EDIT.\n" + "".join(lines)


def suite_files(
    name: str, samples: Mapping[str, Mapping[str, str]], *, package: Optional[str] = None
) -> Dict[str, str]:
    """Path -> text of what is generated for a suite: release -> the other pins of its lock."""
    newest = list(samples)[-1]
    document = {
        "GENERATED": f"by `./pants generate-matrix {address(name)}`, which also ... DO NOT EDIT.",
        "as_of": "2026-11-21T00:00:00Z",
        "suite": {"package": package or f"{name}>=1"},
        "samples": [
            {
                "version": version,
                "tier": "latest" if version == newest else "between",
                "pythons": ["3.9", "3.12"],
                "uploaded": "2026-11-20T10:30:00Z",
            }
            for version in samples
        ],
        "verdicts": {**{version: "latest" for version in samples}, "0.1": "not needed"},
    }
    folder = f"lib/tests/{name}/matrix"
    return {
        f"{folder}/samples.json": json.dumps(document, indent=1) + "\n",
        **{
            f"{folder}/{version}.lock": lock(**{name: version, **pins})
            for version, pins in samples.items()
        },
    }


@dataclass
class World:
    """The bare remote, a person's clone, what Pants does today, and what the forge has."""

    room: Path
    today: Dict[str, Any] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.room / "checkout"

    @property
    def output(self) -> Path:
        return self.room / "proposals"

    def git(self, *arguments: str, folder: Optional[Path] = None, who: str = "person") -> str:
        identity = ("-c", f"user.name={who}", "-c", f"user.email={who}@example.org")
        done = subprocess.run(
            ("git", *identity, *arguments),
            cwd=folder or self.checkout,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str], folder: Optional[Path] = None) -> None:
        for name, text in files.items():
            path = (folder or self.checkout) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, message: str, files: Mapping[str, str]) -> str:
        """Commits files on main and pushes it; returns the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def says(self, name: str, **about: Any) -> None:
        """What Pants does with a suite from now on."""
        self.today["suites"].setdefault(address(name), {}).update(about)
        self.save()

    def save(self) -> None:
        (self.room / "today.json").write_text(json.dumps(self.today))

    def releases(self, name: str, version: str, **pins: str) -> None:
        """A package gets a release: generating its suite adds it."""
        self.says(name, files=suite_files(name, {"1.0": {}, version: pins}))

    def branches(self) -> List[str]:
        listed = self.git(
            "for-each-ref", "--format=%(refname:short)", folder=self.room / "remote.git"
        )
        return sorted(each for each in listed.splitlines() if each != "main")

    def branch(self, start: str) -> str:
        """The one branch of the remote whose proposal begins so."""
        (found,) = [each for each in self.branches() if each.startswith(f"matrix-updates/{start}")]
        return found

    def head(self, branch: str) -> str:
        return self.git("rev-parse", branch, folder=self.room / "remote.git")

    def clone(self, branch: str) -> Path:
        """A clone with a branch checked out."""
        folder = self.room / f"clone-{len(list(self.room.glob('clone-*')))}"
        remote = str(self.room / "remote.git")
        self.git("clone", "--quiet", "--branch", branch, remote, str(folder), folder=self.room)
        return folder

    @property
    def forge(self) -> Dict[str, Any]:
        found: Dict[str, Any] = json.loads((self.room / "forge.json").read_text())
        return found

    def set_forge(self, forge: Dict[str, Any]) -> None:
        (self.room / "forge.json").write_text(json.dumps(forge))

    def requests(self) -> Dict[str, Dict[str, Any]]:
        """Stem of a branch -> its newest request."""
        return {
            each["headRefName"].partition("/")[2].rpartition("-")[0]: each
            for each in self.forge["requests"]
        }

    def change_request(self, stem: str, **values: Any) -> None:
        forge = self.forge
        for each in forge["requests"]:
            if each["headRefName"].startswith(f"matrix-updates/{stem}"):
                each.update(values)
        self.set_forge(forge)

    def forge_fails(self, **commands: str) -> None:
        """A command (`create`, ...) of the forge ends with 1 and these words."""
        self.set_forge({**self.forge, "fails": commands})

    def calls(self, program: str = "forge") -> List[Any]:
        """What a program was called with since the last time."""
        path = self.room / f"{program}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


def make_world(room: Path, *, settings: str = "", suites: Sequence[str] = SUITES) -> World:
    """A committed repository with a remote; everything in it is current."""
    world = World(room)
    programs = room / "bin"
    programs.mkdir()
    gh = programs / "gh"
    gh.write_text(_GH.format(python=sys.executable, world=str(room)))
    gh.chmod(0o755)
    world.set_forge({"requests": [], "fails": {}})
    (room / "remote.git").mkdir()
    world.git("init", "--quiet", "--bare", "--initial-branch=main", folder=room / "remote.git")
    world.checkout.mkdir()
    world.git("init", "--quiet", "--initial-branch=main")
    world.git("remote", "add", "origin", str(room / "remote.git"))
    files = {
        ".gitignore": "/dist/\n",
        "pants": _PANTS.format(python=sys.executable, world=str(room)),
        "pyproject.toml": f"[tool.matrix-updates]\n{settings}",
        "pants.toml": (
            '[python]\ndefault_resolve = "main"\n[python.resolves]\nmain = "3rdparty/main.lock"\n'
            'black = "3rdparty/black.lock"\nmypy = "3rdparty/mypy.lock"\n'
        ),
        "3rdparty/main.lock": lock(certifi="2026.1", idna="3.1"),
        "3rdparty/black.lock": lock(black="24.1"),
        "3rdparty/mypy.lock": lock(mypy="1.1"),
    }
    for name in suites:
        files.update(suite_files(name, {"1.0": {"helper": "1.0"}}))
        files[f"lib/tests/{name}/BUILD"] = "python_matrix_tests()\n"
    world.today = {"suites": {address(name): {} for name in suites}, "locks": {}}
    world.save()
    world.write(files)
    (world.checkout / "pants").chmod(0o755)
    world.commit("Start", {})
    return world


def environment(world: World) -> Dict[str, str]:
    """What a person has in their environment, a forge's credentials included."""
    return {
        "PATH": os.pathsep.join([str(world.room / "bin"), os.environ["PATH"]]),
        "HOME": str(world.room),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GH_TOKEN": "secret",
    }


def goals(calls: Sequence[Any]) -> List[Tuple[str, ...]]:
    """What Pants was asked for, without its options."""
    return [tuple(each for each in call["argv"] if not each.startswith("-")) for call in calls]
