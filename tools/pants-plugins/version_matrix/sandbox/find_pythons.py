"""Finds Pythons along a search path: one look for all that are wanted.

    find_pythons.py --want=3.12.1 --want=3.14.0t --want=pypy3.11.13 -- ENTRY...

An entry is a folder or an interpreter. Prints JSON: under `found`, of each wanted Python that is there
the path and the hash of its executable; under `passed_over`, of each one that is not, what bears its
name and why it does not serve. A candidate counts by what it says of itself when it is run, because
a name proves nothing: a shim may stand for a Python that is not installed. What states by its name that
it is another version is not run. Runs on 3.6 and later.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

_WANTED = re.compile(r"(pypy)?(\d+)\.(\d+)\.(\d+)(t)?")
_EXECUTABLE = re.compile(r"(?:python|pypy)(?:(\d+)(?:\.(\d+))?)?t?")

# On any Python 3. The flag `t` is that of free-threaded builds (PEP 703).
_SELF = """\
import os, sys
print(sys.implementation.name)
print(".".join(map(str, sys.version_info[:3])))
print("t" if "t" in getattr(sys, "abiflags", "") else "")
print(" ".join(sys.version.split()))
print(os.path.realpath(sys.executable) if sys.executable else "")
"""

# No Python takes that long to start; what hangs must not hold up a build for ever.
_PATIENCE_SECONDS = 60


class Build(NamedTuple):
    """What tells one build of Python from another, beside its patch level."""

    implementation: str
    minor: Tuple[int, int]
    free_threaded: bool


class Wanted(NamedTuple):
    """A build, and the lowest patch level that serves."""

    build: Build
    patch: int


class Python(NamedTuple):
    """What an interpreter says of itself."""

    build: Build
    patch: int
    # With compiler and day of the build.
    version: str
    path: str

    def __str__(self) -> str:
        implementation, (major, minor), free_threaded = self.build
        name = "" if implementation == "cpython" else implementation
        flag = "t" if free_threaded else ""
        return "{}{}.{}.{}{}".format(name, major, minor, self.patch, flag)


class Candidate(NamedTuple):
    """An executable, and what its name says of its version."""

    path: str
    states: Tuple[Optional[int], Optional[int]]


def wanted(name: str) -> Wanted:
    """Reads `3.12.1`, `3.14.0t` or `pypy3.11.13`; raises `ValueError`."""
    match = _WANTED.fullmatch(name)
    if match is None:
        raise ValueError("{!r} is no Python such as 3.12.1, 3.14.0t or pypy3.11.13".format(name))
    implementation, major, minor, patch, flag = match.groups()
    build = Build(implementation or "cpython", (int(major), int(minor)), bool(flag))
    return Wanted(build, int(patch))


def stated(path: str) -> Optional[Tuple[Optional[int], Optional[int]]]:
    """The major and minor version in an executable's name; None if it is no Python by its name."""
    match = _EXECUTABLE.fullmatch(os.path.basename(path))
    if match is None:
        return None
    major, minor = match.groups()
    return (int(major) if major else None, int(minor) if minor else None)


def candidates(entries: Iterable[str]) -> Iterator[Candidate]:
    """What may be a Python, in the order of the entries, each executable once."""
    seen: Set[str] = set()
    for entry in entries:
        for path in [entry] if os.path.isfile(entry) else _in_folder(entry):
            real = os.path.realpath(path)
            if real in seen or not os.access(path, os.X_OK):
                continue
            seen.add(real)
            # `python` is often a link, and then that to which it leads tells more.
            states = [name for name in (stated(path), stated(real)) if name is not None]
            yield Candidate(path, max(states, key=_how_exact, default=(None, None)))


def _how_exact(states: Tuple[Optional[int], Optional[int]]) -> int:
    return sum(number is not None for number in states)


def _in_folder(folder: str) -> List[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    # The most exact name first: `python3.12` before `python3`.
    pythons = [(name, stated(name)) for name in names]
    exact = sorted((-_how_exact(states), name) for name, states in pythons if states is not None)
    paths = [os.path.join(folder, name) for _, name in exact]
    return [path for path in paths if os.path.isfile(path)]


def may_be(candidate: Candidate, build: Build) -> bool:
    """Whether the name of a candidate leaves it open that it is this build."""
    return all(
        said is None or said == number for said, number in zip(candidate.states, build.minor)
    )


def ask(path: str) -> Tuple[Optional[Python], str]:
    """What an interpreter says of itself, or why it says nothing."""
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _SELF],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE_SECONDS,
        )
    except OSError as error:
        return None, "cannot be run: {}".format(error.strerror)
    except subprocess.TimeoutExpired:
        return None, "did not answer within {} seconds".format(_PATIENCE_SECONDS)
    told = os.fsdecode(done.stdout).split("\n", 4)
    if done.returncode != 0 or len(told) < 5:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return None, "exit status {}{}".format(
            done.returncode, ": {}".format(lines[0]) if lines else ""
        )
    implementation, version, flag, built, executable = told
    if not os.path.isfile(executable.strip("\n")):
        return None, "does not know its own executable"
    major, minor, patch = (int(number) for number in version.split("."))
    build = Build(implementation, (major, minor), bool(flag))
    return Python(build, patch, built, executable.strip("\n")), ""


def search(
    names: Iterable[str], entries: Iterable[str]
) -> Tuple[Dict[str, Python], Dict[str, List[str]]]:
    """The first Python along the entries for each name; for each other, what was passed over."""
    missing = {name: wanted(name) for name in names}
    found: Dict[str, Python] = {}
    passed_over: Dict[str, List[str]] = {name: [] for name in missing}
    waiting = list(candidates(entries))
    # A few at a time, so that no more are run than it takes.
    several = os.cpu_count() or 1
    with ThreadPoolExecutor(several) as pool:
        while missing and waiting:
            open_ = [c for c in waiting if any(may_be(c, want.build) for want in missing.values())]
            batch, waiting = open_[:several], open_[several:]
            for candidate, (python, why) in zip(batch, pool.map(ask, [c.path for c in batch])):
                for name, want in list(missing.items()):
                    if python and python.build == want.build and python.patch >= want.patch:
                        found[name] = python
                        del missing[name]
                    elif may_be(candidate, want.build) and candidate.states[1] is not None:
                        other = "is {}".format(python) if python else why
                        passed_over[name].append("{} {}".format(candidate.path, other))
    return found, {name: passed_over[name] for name in missing}


def fingerprint(python: Python) -> str:
    """The SHA-256 of an executable, and of what it says of its build.

    Where Python lies in a shared library, an upgrade in place may leave the executable as it was.
    """
    with open(python.path, "rb") as executable:
        content = executable.read()
    return hashlib.sha256(content + python.version.encode()).hexdigest()


def main(argv: List[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--want", action="append", default=[])
    parser.add_argument("entries", nargs="*")
    options = parser.parse_args(argv)
    found, passed_over = search(options.want, options.entries)
    answer = {
        "found": {
            name: {"path": python.path, "fingerprint": fingerprint(python)}
            for name, python in sorted(found.items())
        },
        "passed_over": passed_over,
    }
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
