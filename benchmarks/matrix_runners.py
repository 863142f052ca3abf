"""Those that run a matrix: Pants with our plugin, tox, nox; and the clone in which they do."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Iterable, Iterator, Mapping, Self, Sequence
from xml.etree import ElementTree

from pip_compile import interpreter, run

LIBRARY = "libs/shared/trace-baton"
SUITES = f"{LIBRARY}/tests/integrations"
# A suite that is not measured.
ANOTHER = "loguru"


# How Pants calls a file of results.
_OURS = re.compile(r".*\.integrations\.([^.]+)\.matrix@(.*?)@@python=(.*)")


def _environment(suite: str, sample: str, python: str) -> str:
    return f"{suite}-{sample}-py{python}".replace("@", "-").replace("=", "")


@dataclass(frozen=True)
class Cell:
    """A cell, as a rival runs it."""

    suite: str
    sample: str
    python: str
    executable: Path
    lock: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name for an environment of tox."""
        return _environment(self.suite, self.sample, self.python)


@dataclass(frozen=True)
class Run:
    """Seconds, processor seconds, seconds to the first result; test -> outcome."""

    seconds: float
    processor: float
    first: float
    outcomes: Mapping[str, str]


@dataclass(frozen=True)
class Clone:
    """A clone of this repository."""

    root: Path

    @contextmanager
    def edit_integration(self, suite: str) -> Iterator[None]:
        """One integration has another text."""
        with self._edited(
            f"{LIBRARY}/src/trace_baton/integrations/{suite}.py", f"\n# {time.time_ns()}\n", ""
        ):
            yield

    @contextmanager
    def edit_lock(self, suite: str) -> Iterator[None]:
        """The newest lock of a suite pins another release of a project that hardly matters."""
        locks = sorted((self.root / SUITES / suite / "matrix").glob("*.lock"), key=_version)
        pins = _entries(locks[-1].read_text())
        everywhere = [
            entry
            for lock in sorted((self.root / SUITES).glob("*/matrix/*.lock"))
            for entry in _entries(lock.read_text()).items()
        ]
        for project in ("certifi", "idna", "iniconfig", "packaging", "typing-extensions"):
            others = [text for name, text in everywhere if name == project]
            found = pins.get(project)
            for other in others:
                if found and other.split()[0] != found.split()[0]:
                    marker = re.search(r"( ;[^\\]*)", found)
                    pin, _, hashes = other.partition(" \\\n")
                    pin = pin.partition(" ;")[0] + (marker.group(1).rstrip() if marker else "")
                    path = str(locks[-1].relative_to(self.root))
                    with self._edited(path, f"{pin} \\\n{hashes}", found):
                        yield
                    return
        raise SystemExit(f"no other release for a pin of {locks[-1]} is in any lock")

    @contextmanager
    def _edited(self, path: str, new: str, old: str) -> Iterator[None]:
        file = self.root / path
        before = file.read_text()
        file.write_text(before.replace(old, new) if old else before + new)
        try:
            yield
        finally:
            file.write_text(before)


def _version(lock: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", lock.stem)]


def _entries(lock: str) -> dict[str, str]:
    """Project -> its lines, of the projects that a lock pins once."""
    found: dict[str, list[str]] = {}
    for entry in re.findall(r"^[A-Za-z0-9][^#\n]*==.*\n(?: .*\n)*", lock, re.MULTILINE):
        found.setdefault(entry.partition("==")[0], []).append(entry)
    return {project: lines[0] for project, lines in found.items() if len(lines) == 1}


def clone(source: Path, root: Path) -> Clone:
    """The commit that is checked out in `source`, and the branch `main` that changes are since."""
    run("git", "clone", "--quiet", "--no-hardlinks", str(source), str(root))
    return Clone(root)


def cells_of(root: Path, suites: Sequence[str], pythons: Path) -> tuple[Cell, ...]:
    """Every cell of these suites."""
    found = []
    for suite in suites:
        folder = root / SUITES / suite
        tests = tuple(str(path.relative_to(root)) for path in sorted(folder.glob("test_*.py")))
        for lock in sorted((folder / "matrix").glob("*.lock")):
            named = re.search(r"^# pythons: (.+)$", lock.read_text(), re.MULTILINE)
            assert named is not None, f"{lock} does not say what it is for"
            found += [
                Cell(
                    suite=suite,
                    sample=lock.stem,
                    python=python,
                    executable=interpreter(pythons, python),
                    lock=str(lock.relative_to(root)),
                    tests=tests,
                )
                for python in named.group(1).split(", ")
            ]
    return tuple(found)


def outcomes(files: Sequence[Path]) -> dict[str, str]:
    """Cell and test -> outcome, of JUnit files that are named after their cells."""
    found = {}
    for file in files:
        for case in ElementTree.parse(file).iter("testcase"):
            ended = [each.tag for each in case if each.tag in ("failure", "error", "skipped")]
            found[f"{file.stem}: {case.get('name')}"] = ended[0] if ended else "passed"
    return found


def timed(
    commands: Sequence[Sequence[str]], *, result: str, root: Path, environment: Mapping[str, str]
) -> tuple[float, float]:
    """Seconds until all of these have ended, side by side, and until one prints a result."""
    start = time.perf_counter()
    processes = [
        subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    first: list[float] = []
    # Those of nox print little: nothing is held up by being read after the other.
    for process in processes:
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(result, line):
                first.append(time.perf_counter() - start)
        process.wait()
    return time.perf_counter() - start, min(first, default=float("nan"))


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


@dataclass
class Ours:
    """Pants, with a store that can be forgotten and caches of downloads that are kept."""

    room: Path
    repository: Clone
    name: str = "ours"
    stores: int = 0

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PANTS_LOCAL_STORE_DIR": str(self.room / f"store-{self.stores}"),
            "PANTS_NAMED_CACHES_DIR": str(self.room / "named-caches"),
            "PANTS_CONCURRENT": "False",
        }

    def run(self, cells: Sequence[Cell]) -> Run:
        """Runs all cells of the suites of these."""
        suites = sorted({f"{SUITES}/{cell.suite}:matrix" for cell in cells})
        return self._run("test", *suites)

    def run_changed(self) -> Run:
        """Runs the cells that the edit reaches."""
        cells = "--filter-target-type=python_matrix_cell"
        return self._run("--changed-since=HEAD", cells, "test")

    def forget(self) -> None:
        """Drops environments and results, and keeps what was downloaded."""
        self.stop()
        shutil.rmtree(self.room / f"store-{self.stores}", ignore_errors=True)
        self.stores += 1
        # The tools are made anew, and an environment of none of the suites.
        self._run("test", f"{SUITES}/{ANOTHER}:matrix")

    def _run(self, *arguments: str) -> Run:
        reports = self.repository.root / "dist/test/reports"
        shutil.rmtree(reports, ignore_errors=True)
        before = self._processor()
        seconds, first = timed(
            [("./pants", "--no-dynamic-ui", *arguments)],
            result=r"Completed: Run a cell|^[✓✕] .*:matrix#",
            root=self.repository.root,
            environment=self._environment,
        )
        found = outcomes(sorted(reports.glob("*.xml")))
        return Run(
            seconds,
            self._processor() - before,
            first,
            {as_rivals_name(test): outcome for test, outcome in found.items()},
        )

    def _daemon(self) -> int | None:
        found = next(self.repository.root.glob(".pids/*/pantsd/pid"), None)
        return int(found.read_text()) if found else None

    def _processor(self) -> float:
        """Processor seconds of the daemon and of what it has run."""
        stat = Path(f"/proc/{self._daemon()}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(") ")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Ends the daemon."""
        daemon = self._daemon()
        if daemon is None:
            return
        try:
            os.kill(daemon, signal.SIGTERM)
            for _ in range(600):
                os.kill(daemon, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            pass


def as_rivals_name(test: str) -> str:
    """The name of a test of ours, its cell called as rivals call it."""
    cell, _, name = test.rpartition(": ")
    found = _OURS.fullmatch(cell)
    assert found is not None, f"{cell} is no cell of these suites"
    return f"{_environment(*found.groups())}: {name}"


@dataclass(frozen=True)
class Rival:
    """What makes an environment a cell by itself, with its folder and its programs."""

    room: Path
    repository: Clone
    bin: Path
    environment: Mapping[str, str]

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    # What it prints when a cell has ended.
    result: ClassVar[str]

    @classmethod
    def install(cls, room: Path, repository: Clone, uv: str, pythons: Iterable[Path]) -> Self:
        """From PyPI; it finds this uv and these Pythons before any other."""
        venv = room / f"venv-{cls.name}"
        run(uv, "venv", "--quiet", f"--python={sys.executable}", str(venv))
        run(uv, "pip", "install", "--quiet", f"--python={venv}/bin/python", *cls.packages)
        # tox-uv names a Python to uv by its version alone, and a shim of pyenv is slow to answer.
        folders = dict.fromkeys(str(each.parent) for each in (Path(uv), *pythons))
        path = os.pathsep.join([*folders, os.environ["PATH"]])
        return cls(room, repository, venv / "bin", {"PATH": path, "UV_CACHE_DIR": f"{room}/uv"})

    @property
    def folder(self) -> Path:
        """Its environments, results and configuration."""
        return self.room / self.name

    def run(self, cells: Sequence[Cell]) -> Run:
        """Runs these cells."""
        results = self.folder / "results"
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir(parents=True)
        before = _children()
        seconds, first = timed(
            self.commands(cells),
            result=self.result,
            root=self.repository.root,
            environment=self.environment,
        )
        found = outcomes(sorted(results.glob("*.xml")))
        return Run(seconds, _children() - before, first, found)

    def commands(self, cells: Sequence[Cell]) -> list[list[str]]:
        """What runs these cells, side by side."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drops environments, and keeps what was downloaded."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def unsettle(self, cells: Sequence[Cell]) -> None:
        """Drops the environments of these cells whose lock is edited, as if not yet made anew."""
        git = ("git", "-C", str(self.repository.root))
        edited = run(*git, "status", "--porcelain")[1]
        for cell in cells:
            if cell.lock in edited:
                shutil.rmtree(self.folder / "work" / cell.name, ignore_errors=True)

    def pytest(self, cell: Cell) -> list[str]:
        """The arguments of a cell's Python."""
        results = self.folder / "results" / f"{cell.name}.xml"
        quiet = ("-q", "-p", "no:cacheprovider")
        return ["-m", "pytest", *quiet, f"--junit-xml={results}", *cell.tests]

    @property
    def sources(self) -> str:
        """Where first-party code is."""
        folders = (f"{self.repository.root}/{LIBRARY}/{name}" for name in ("src", "tests"))
        return os.pathsep.join(folders)


class Tox(Rival):
    """tox with tox-uv, its environments in parallel."""

    name = "tox"
    packages = ("tox", "tox-uv-bare")
    result = r": (OK|FAIL)\b"

    def commands(self, cells: Sequence[Cell]) -> list[list[str]]:
        config = self.folder / "tox.ini"
        text = f"[tox]\nwork_dir = {self.folder}/work\n[testenv]\nskip_install = true\n"
        text += f"change_dir = {self.repository.root}\nset_env = PYTHONPATH = {self.sources}\n"
        text += "pass_env = UV_CACHE_DIR\n"
        for cell in cells:
            text += f"[testenv:{cell.name}]\nbase_python = {cell.executable}\n"
            text += f"deps = -r {self.repository.root / cell.lock}\n"
            text += f"commands = python {' '.join(self.pytest(cell))}\n"
        config.write_text(text)
        names = ",".join(cell.name for cell in cells)
        parallel = ("--parallel", str(os.cpu_count()), "--parallel-no-spinner")
        return [[f"{self.bin}/tox", "run-parallel", *parallel, f"--conf={config}", f"-e{names}"]]


class Nox(Rival):
    """nox with uv; it has no parallel run, and so several of it have a share each."""

    name = "nox"
    packages = ("nox",)
    result = r"Session .* (was successful|failed)"

    def commands(self, cells: Sequence[Cell]) -> list[list[str]]:
        given = [
            [
                *(cell.name, str(cell.executable)),
                *(str(self.repository.root / cell.lock), self.pytest(cell)),
            ]
            for cell in cells
        ]
        (self.folder / "noxfile.py").write_text(
            "import json\nimport nox\n\n\ndef make(name, python, lock, arguments):\n"
            "    @nox.session(name=name, python=python, venv_backend='uv', reuse_venv=True)\n"
            "    def cell(session):\n"
            "        session.install('-r', lock)\n"
            f"        session.chdir({str(self.repository.root)!r})\n"
            f"        session.run('python', *arguments, env={{'PYTHONPATH': {self.sources!r}}})\n"
            f"\n\nfor each in json.loads({json.dumps(given)!r}):\n    make(*each)\n"
        )
        start = [f"{self.bin}/nox", f"--noxfile={self.folder}/noxfile.py"]
        shares = [cells[share :: os.cpu_count()] for share in range(os.cpu_count() or 1)]
        return [
            [*start, f"--envdir={self.folder}/work", "--session", *(cell.name for cell in share)]
            for share in shares
            if share
        ]
