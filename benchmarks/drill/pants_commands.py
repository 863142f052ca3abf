"""Commands of Pants in a small repository outside of this one, with a daemon that is kept."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from drill.blows import Parts
from drill.commands import CLOCKS, Command, Sabotage, files_parts, garbled
from drill.index import Answer, Index, served, wheel
from drill.small_disk import Disk, disk
from scratch_repository import Repository, make_repository, write

PANTS_COMMANDS = ("generate-matrix", "generate-lockfiles", "test", "export", "matrix-report")
_SUITE = "src/suite"
_LOCKS = ("main.lock", "other.lock")
_FILES = {
    "main.in": "drill-helper>=1  # What the library uses.\n",
    "other.in": "drill-tool>=1  # What somebody uses.\n",
    "other.lock": "",
    "BUILD": 'python_requirements(name="main", source="main.in")\n',
    "src/lib/BUILD": "python_sources()\n",
    "src/lib/__init__.py": "",
    "src/lib/core.py": "NAME = 'example'\n",
    f"{_SUITE}/BUILD": 'python_matrix_tests(name="matrix", package="drill-example>=1")\n',
    f"{_SUITE}/test_example.py": "import drill_example\nfrom lib.core import NAME\n\n\n"
    "def test_name() -> None:\n    assert drill_example.NAME == NAME\n",
}
_OPTIONS = """
[hash-locks.inputs]
main = ["main.in"]
other = ["other.in"]
[test]
report = true
"""
_FAULTS = ("kill", "kill writing", "kill daemon", "term", "disk", "read-only", "two at once")
#: Caches that tools of ours keep, below Pants' named caches.
_CACHES = {
    "uv": "version_matrix_uv",
    "the sampler": "release_sampler",
    "pip": "hash_locks",
}
# What starts from a garbled one says; and who finds its store garbled: lmdb, or who waits for the daemon.
_PEX_ROOT, _PEX_SAYS = "pex_root", ("_pex_shim.sh", "null bytes", "/.bootstrap/pex/")
_STORE_SAYS = ("mdb", "waiting for pantsd to start")
_PAGE = 4096
# What uv says of a file that is not the one that is pinned.
_REFUSED = "Hash mismatch"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)?"


@contextmanager
def pants_commands(names: Sequence[str], room: Path, source: Path) -> Iterator[dict[str, Command]]:
    """Name -> command; `source` is this repository, whose Pants and plugins they are."""
    folder = room / "pants"
    folder.mkdir()
    with served() as index, disk(folder, 512) as own:
        foreign = _Foreign(own, index, room / "named-caches", _repository(own, index, room, source))
        try:
            foreign.prepare()
            makers: Mapping[str, Callable[[], Command]] = {
                "generate-matrix": foreign.generate_matrix,
                "generate-lockfiles": foreign.generate_lockfiles,
                "test": foreign.test,
                "export": foreign.export,
                "matrix-report": foreign.report,
            }
            yield {name: makers[name]() for name in names}
        finally:
            foreign.repository.stop()


def _release(index: Index, *versions: str) -> None:
    for project in ("drill-example", "drill-helper", "drill-tool"):
        code = "NAME = 'example'\n"
        index.release(project, *(wheel(project, each, f"{code}# {each}\n") for each in versions))


def _repository(own: Disk, index: Index, room: Path, source: Path) -> Repository:
    others = os.environ.get("PIP_EXTRA_INDEX_URL", "")
    environment = {
        "PANTS_LOCAL_STORE_DIR": str(room / "store"),
        "PANTS_NAMED_CACHES_DIR": str(room / "named-caches"),
        "PIP_EXTRA_INDEX_URL": f"{others} {index.simple}".strip(),
        "PIP_DEFAULT_TIMEOUT": "10",
        "PIP_RETRIES": "1",
    }
    root = own.folder / "repository"
    repository = make_repository(source, root, _FILES, environment)
    options = (root / "pants.toml").read_text()
    options = options.replace('"version_matrix"]', '"version_matrix", "hash_locks"]')
    options = options.replace('main = "main.lock"\n', 'main = "main.lock"\nother = "other.lock"\n')
    kept = [line for line in options.splitlines() if not line.startswith("target_pythons")]
    options = "\n".join(kept).replace(
        "[version-matrix]", '[version-matrix]\ntarget_pythons = ["3.9.18", "3.12.1"]'
    )
    write(root / "pants.toml", options + _OPTIONS)
    write(root / ".gitignore", ".pants.d/\n.pids/\n/dist/\n.filler\n")
    return repository


class _Foreign:
    """The repository, in which everything is committed as it was when the index had less."""

    def __init__(self, own: Disk, index: Index, caches: Path, repository: Repository) -> None:
        self.disk = own
        self.index = index
        self.caches = caches
        self.repository = repository
        self.root = repository.root
        self.kept = caches.with_name("kept")
        # What went wrong in the other checkout.
        self.amiss = ""

    def prepare(self) -> None:
        """Generates and commits everything, tests, reports, and then lets the index have more."""
        _release(self.index, "1.0", "1.1")
        self._succeed("generate-lockfiles")
        self._succeed("generate-matrix", "::")
        self._commit()
        self._succeed("test", f"{_SUITE}::")
        results = self.root / "dist/test/reports"
        shutil.copytree(results, self.kept / "reports")
        # One cell was not run, when the report was made that stands.
        next(results.glob("*.xml")).unlink()
        self._succeed("matrix-report", "::")
        shutil.copytree(self.root / "dist/matrix", self.kept / "matrix")
        _release(self.index, "1.0", "1.1", "2.0")

    def _succeed(self, *arguments: str) -> None:
        seconds, done = self.repository.run(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"{arguments}, without any fault: {done.stdout}{done.stderr}")
        print(f"pants {' '.join(arguments)}: {seconds:.0f} s", flush=True)

    def generate_matrix(self) -> Command:
        suite = self.root / _SUITE
        return self._command(
            ("generate-matrix", "::"),
            written=suite / "matrix",
            watched=(suite / "matrix", self.root / ".pants.d/version-matrix"),
            state=lambda: self._files(f"{_SUITE}/matrix/*", r'"as_of": "[^"]*"'),
            sabotages={
                **self.index.sabotages("drill-example"),
                **self._caches("uv", "the sampler"),
                "cache: pex": self._garbled_pex_root(),
                "lock: edited": self._edited(f"{_SUITE}/matrix/1.1.lock", undone=False),
                "two checkouts": Sabotage(self._other_checkout, ("lock",)),
            },
        )

    def generate_lockfiles(self) -> Command:
        more = ("--hash-locks-upgrade=all", *(f"--resolve={lock}" for lock in _LOCKS))
        return self._command(
            ("generate-lockfiles", *more),
            written=self.root,
            state=lambda: self._files("*.lock"),
            sabotages={
                **self.index.sabotages("drill-helper"),
                **self._caches("pip"),
                "lock: edited": self._edited("main.lock", undone=False),
            },
        )

    def test(self) -> Command:
        results = self.root / "dist/test/reports"

        def reset() -> None:
            self._reset()
            shutil.rmtree(self.root / "dist/test", ignore_errors=True)

        return self._command(
            ("test", "--force", f"{_SUITE}::"),
            written=self.root / "dist/test",
            reset=reset,
            state=lambda: {**self._files(), **_outcomes(results)},
            sabotages={
                **self._caches("uv"),
                "cache: pex": self._garbled_pex_root(),
                "lock: edited": self._edited(f"{_SUITE}/matrix/1.1.lock", undone=True),
                "store: lost": Sabotage(self._lose, ("store",)),
                "store: garbled": Sabotage(self._garble_store, _STORE_SAYS),
                "wheel: another of its name": Sabotage(self._replace, ("drill-example",)),
            },
            # The engine writes a file of results after the other.
            whole=False,
        )

    def export(self) -> Command:
        exported = self.root / "dist/export"

        def reset() -> None:
            self._reset()
            subprocess.run(("rm", "-rf", str(exported)), check=True)

        return self._command(
            ("export", "--resolve=main"),
            written=exported,
            reset=reset,
            state=lambda: {**self._files(), **_works(exported)},
            sabotages={"cache: pex": self._garbled_pex_root()},
        )

    def report(self) -> Command:
        dist = self.root / "dist"

        def reset() -> None:
            self._reset()
            for name, place in (("reports", dist / "test/reports"), ("matrix", dist / "matrix")):
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(self.kept / name, place)

        return self._command(
            ("matrix-report", "::"),
            written=dist / "matrix",
            watched=(dist / "matrix", self.root / ".pants.d/version-matrix"),
            reset=reset,
            state=lambda: {**self._files(), **files_parts(dist / "matrix", volatile=(_TIME,))},
        )

    def _command(
        self,
        arguments: tuple[str, ...],
        *,
        written: Path,
        state: Callable[[], Parts],
        watched: tuple[Path, ...] = (),
        reset: Callable[[], object] | None = None,
        sabotages: Mapping[str, Sabotage] | None = None,
        whole: bool = True,
    ) -> Command:
        return Command(
            argv=(str(self.repository.launcher), *arguments),
            environment=self.repository.environment,
            folder=self.root,
            disk=self.disk,
            written=written,
            watched=watched,
            reset=reset or self._reset,
            state=state,
            faults=(*_FAULTS, "handles", *CLOCKS),
            sabotages=sabotages or {},
            whole=whole,
            without_daemon=("--no-pantsd",),
            daemon=self.repository.daemon,
            # What Pants says of itself has the stack in it that led there.
            logs=True,
            left_behind=self._litter,
        )

    def _commit(self) -> None:
        self.repository.git("add", "-A")
        self.repository.git("commit", "-q", "-m", "generated")

    def _reset(self) -> None:
        self.amiss = ""
        self.repository.git("checkout", "-q", "-f", "main")
        self.repository.git("clean", "-q", "-f", "-d")

    def _files(self, generated: str = "", volatile: str = "") -> Parts:
        """The files that a command generates, and whatever else git sees."""
        status = subprocess.run(
            ("git", "status", "--porcelain"),
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        folder = generated.rpartition("/")[0]
        others = [
            line
            for line in status.splitlines()
            if not (generated and (folder in line or (not folder and line.endswith(".lock"))))
        ]
        found = {"checkout": "\n".join(others)}
        if generated:
            found |= files_parts(
                self.root, volatile=[volatile] if volatile else (), below=generated
            )
        return found

    def _litter(self) -> str:
        staged = self.root / ".pants.d/version-matrix"
        rooms = list(map(str, staged.iterdir())) if staged.is_dir() else []
        return ", ".join([*rooms, *filter(None, [self.amiss])])

    def _other_checkout(self) -> Callable[[], object]:
        """The same is generated in a clone at the same time, by the same caches and store."""
        clone = self.disk.folder / "clone"
        self.repository.git("clone", "--quiet", str(self.root), str(clone))
        process = subprocess.Popen(
            (str(self.repository.launcher), "--no-pantsd", "generate-matrix", "::"),
            cwd=clone,
            env={**os.environ, **self.repository.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

        def end() -> None:
            _, said = process.communicate()
            there = (clone / _SUITE / "matrix/2.0.lock").is_file()
            self.amiss = "" if process.returncode == 0 and there else f"the other: {said[-1500:]}"
            shutil.rmtree(clone)

        return end

    def _caches(self, *names: str) -> Mapping[str, Sabotage]:
        return {f"cache: {name}": garbled(self.caches / _CACHES[name]) for name in names}

    def _garbled_pex_root(self) -> Sabotage:
        """Programs that Pants installed; whoever reads the README's "What is kept" removes them."""
        folder = self.caches / _PEX_ROOT

        def begin() -> Callable[[], object]:
            garbled(folder).begin()
            return lambda: shutil.rmtree(folder)

        return Sabotage(begin, _PEX_SAYS)

    def _garble_store(self) -> Callable[[], object]:
        """One page of five of each database is noise; removed afterwards, as the README says."""
        store = Path(self.repository.environment["PANTS_LOCAL_STORE_DIR"])
        self.repository.stop()
        chance = random.Random(0)
        for database in sorted(store.glob("*/*/data.mdb")):
            with database.open("r+b") as file:
                # Two pages in front say which database it is; without them it would be none.
                for page in range(2, database.stat().st_size // _PAGE):
                    if chance.random() < 0.2:
                        file.seek(page * _PAGE)
                        file.write(chance.randbytes(_PAGE))

        return self._remove_store

    def _remove_store(self) -> None:
        self.repository.stop()
        shutil.rmtree(self.repository.environment["PANTS_LOCAL_STORE_DIR"])

    def _lose(self) -> Callable[[], object]:
        """Nothing is left of what was installed, or downloaded for that."""
        self._remove_store()
        shutil.rmtree(self.caches / _CACHES["uv"])
        return lambda: None

    def _replace(self) -> Callable[[], object]:
        """The index, asked again, has another file of the same name."""
        self._lose()
        name, content = wheel("drill-example", "1.1", "NAME = 'another'\n")
        self.index.wrong[f"/files/{name}"] = Answer(body=content, kind="application/zip")
        return lambda: self.index.wrong.pop(f"/files/{name}")

    def _edited(self, lock: str, *, undone: bool) -> Sabotage:
        """A hash of a lock is another."""

        def begin() -> Callable[[], object]:
            path = self.root / lock
            right = path.read_text()
            # Of a file, and not that of what went into the lock, which a comment has.
            digest = right.partition("--hash=sha256:")[2][:64]
            path.write_text(right.replace(digest, digest[::-1]))
            return lambda: path.write_text(right) if undone else None

        return Sabotage(begin, ("hash", lock))


def _outcomes(results: Path) -> Parts:
    """File -> what its tests did.

    One that is cut off is none: the engine writes in place, says so where it fails, and `matrix-report`
    refuses such a file by its name. Nor is one that stands for a cell which was refused for a wrong hash.
    """
    found = {}
    for path in sorted(results.glob("*.xml")):
        if _REFUSED in path.read_text(errors="replace"):
            continue
        try:
            cases = [
                (case.get("name"), [each.tag for each in case])
                for case in ElementTree.parse(path).iter("testcase")
            ]
        except ElementTree.ParseError:
            continue
        found[path.name] = str(cases)
    return found


def _works(exported: Path) -> Parts:
    """The virtual environment, if it is one."""
    pythons = sorted(exported.glob("python/virtualenvs/main/*/bin/python"))
    script = "import drill_helper; print(drill_helper.NAME)"
    for python in pythons:
        done = subprocess.run((str(python), "-c", script), capture_output=True, text=True)
        if done.returncode == 0:
            return {"virtualenv": done.stdout}
    return {}
