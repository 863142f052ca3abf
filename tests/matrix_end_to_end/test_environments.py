"""The environment of a cell is a virtual environment, and nothing else is in it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping

import pytest

from matrix_end_to_end import probes
from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.probed_packages import (
    LARGE,
    foreign_python,
    upload,
    upload_newer,
    upload_two_that_differ,
)
from matrix_end_to_end.repository import HERE, MATRIX, SUITE, Repository

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

BUILD = 'python_matrix_tests(name="matrix", package={!r}, requirements={{"*": {}}})\n'


def target_pythons() -> List[str]:
    """Those of this repository's matrix."""
    configured = re.search(
        r"^target_pythons = (\[.*?\])$", (HERE / "pants.toml").read_text(), re.MULTILINE | re.DOTALL
    )
    assert configured is not None
    found: List[str] = ast.literal_eval(configured.group(1))
    return found


MINORS = [".".join(python.split(".")[:2]) for python in target_pythons()]
ALL_PYTHONS = f"--version-matrix-target-pythons={target_pythons()}"


def cell(python: str) -> str:
    return f"{MATRIX}#1.0@python={python}"


def path_safe(address: str) -> str:
    path, _, rest = address.partition(":")
    return f"{path.replace('/', '.')}.{rest.replace('#', '@').replace('@python', '@@python')}"


@pytest.fixture(scope="module")
def probed(repository: Repository, index: PackageIndex) -> Repository:
    """A repository whose suite is the probes, generated for all Pythons of this one's matrix."""
    upload(index)
    (repository.root / SUITE / "test_example.py").unlink()
    repository.write(
        {
            f"{SUITE}/BUILD": BUILD.format("probed>=1", ["pip"]),
            f"{SUITE}/test_probes.py": Path(probes.__file__).read_text(),
        }
    )
    repository.succeed(ALL_PYTHONS, "generate-matrix", "::")
    repository.commit("probes")
    return repository


@pytest.fixture(scope="module")
def answers(probed: Repository) -> Dict[str, Dict[str, Any]]:
    """Python -> what the probes say in its cell."""
    probed.succeed(ALL_PYTHONS, "test", f"{MATRIX}#1.0")
    return {python: read_answers(probed, python) for python in MINORS}


def read_answers(repository: Repository, python: str) -> Dict[str, Any]:
    written = repository.root / "dist/test" / path_safe(cell(python)) / "probes.json"
    found: Dict[str, Any] = json.loads(written.read_text())
    return found


@pytest.fixture(scope="module")
def exported(probed: Repository) -> Mapping[str, Path]:
    """Python -> an environment that uv has made of the same lock."""
    probed.succeed(ALL_PYTHONS, "export-cell", *map(cell, MINORS))
    folder = probed.root / "dist/export/cells"
    return {python: folder / path_safe(cell(python)) for python in MINORS}


def answers_in(environment: Path, room: Path) -> Dict[str, Any]:
    """What the probes say in an environment made by hand."""
    for folder in (".home", ".tmp"):
        (room / folder).mkdir(parents=True)
    shutil.copy(probes.__file__, room / "test_probes.py")
    done = subprocess.run(
        (environment / "bin/python", "-m", "pytest", "-q", "test_probes.py"),
        cwd=room,
        env={
            "HOME": str(room / ".home"),
            "LANG": "C.UTF-8",
            "PATH": f"{environment}/bin:{SYSTEM_PATH}",
            "TMPDIR": str(room / ".tmp"),
            "TZ": "UTC",
            "VIRTUAL_ENV": str(environment),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    found: Dict[str, Any] = json.loads((room / "extra-output/probes.json").read_text())
    return found


@pytest.mark.parametrize("python", MINORS)
def test_a_cell_answers_as_a_virtual_environment_does(
    answers: Dict[str, Dict[str, Any]],
    exported: Mapping[str, Path],
    tmp_path: Path,
    python: str,
) -> None:
    found = answers[python]
    assert len(found) >= 40
    assert found == answers_in(exported[python], tmp_path / "room")
    assert found["is a virtual environment"] is True
    assert found["what is not in the lock"] == []
    assert found["byte-code is there"] == [True, True]


OF_THE_ENVIRONMENT = re.compile(
    r"(pyvenv\.cfg|CACHEDIR\.TAG|\.gitignore|\.lock|bin/(python|activate|deactivate|pydoc).*|"
    r".*(_virtualenv|first_party)\.(py|pth)|.*__pycache__/.*|.*/probed/written)"
)


def files(environment: Path) -> Dict[str, bytes]:
    """Path -> content of what came from wheels, the environment's own path left out."""
    found = {}
    for folder, _, names in os.walk(environment):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(environment).as_posix()
            if not OF_THE_ENVIRONMENT.fullmatch(relative):
                content = path.read_bytes().replace(os.fsencode(environment), b"ENVIRONMENT")
                if name == "RECORD":
                    # A script holds the environment's path, and a record the script's hash.
                    rows = [re.sub(b"(bin/.*?),.*", rb"\1", row) for row in content.splitlines()]
                    content = b"\n".join(sorted(rows))
                found[relative] = content
    return found


def lose(content: str) -> None:
    """Takes a large file out of Pants' store."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(content.encode()).hexdigest()
    (lost,) = cache.glob(f"pants/lmdb_store/immutable/files/*/{digest}")
    lost.unlink()


def test_a_cell_holds_the_files_that_uv_installs_and_what_the_store_has_lost_is_made_again(
    probed: Repository, answers: Dict[str, Any], exported: Mapping[str, Path], tmp_path: Path
) -> None:
    """`benchmarks/environments_agree.py` says so of every cell of this repository."""
    lose(LARGE)
    kept = (f"--local-execution-root-dir={tmp_path}", "--keep-sandboxes=always")
    python = MINORS[0]
    probed.succeed(ALL_PYTHONS, *kept, "test", "--force", cell(python))
    (environment,) = tmp_path.glob("pants-sandbox-*/.venv")
    assert files(environment) == files(exported[python])
    assert installations(tmp_path) == 1


def installations(sandboxes: Path) -> int:
    """How often something was installed in these sandboxes."""
    scripts = [path.read_text() for path in sandboxes.glob("pants-sandbox-*/__run.sh")]
    return sum("pip install" in script for script in scripts)


def test_what_is_installed_in_a_python_changes_no_answer(
    probed: Repository,
    answers: Dict[str, Dict[str, Any]],
    exported: Mapping[str, Path],
    tmp_path: Path,
) -> None:
    """Packages, plugins of pytest and a `sitecustomize`: in the cell, and where wheels are made."""
    python = "3.12"
    foreign = foreign_python(
        exported[python].joinpath("bin/python").resolve(), tmp_path / "foreign"
    )
    shown = subprocess.check_output((foreign, "-c", "import foreign, sys; print(sys.foreign)"))
    assert shown == b"True\n"
    probed.succeed(
        ALL_PYTHONS,
        f"--python-bootstrap-search-path=['{foreign.parent}', '{Path(sys.executable).parent}']",
        "test",
        cell(python),
    )
    assert read_answers(probed, python) == answers[python]


def test_wheels_that_differ_in_a_file_are_installed_together_and_that_is_said(
    probed: Repository, index: PackageIndex
) -> None:
    upload_two_that_differ(index)
    build = BUILD.format("probed>=1", ["differs-one", "differs-two", "pip"])
    probed.write({f"{SUITE}/BUILD": build})
    probed.succeed("generate-matrix", "::")
    output = probed.succeed("test", cell("3.12"))
    lock = f"{SUITE}/matrix/1.0.lock for Python 3.12"
    assert f"Wheels of {lock} do not agree on a file" in output
    assert "differs.py" in output


def test_an_edit_of_one_pin_installs_one_wheel(
    probed: Repository, index: PackageIndex, tmp_path: Path
) -> None:
    probed.git("checkout", "-q", "-f", "main")
    lock = f"{SUITE}/matrix/1.0.lock"
    newer = upload_newer(index)
    pins = re.sub(r"^probed-two==.*\n( +--hash.*\n)+", newer, probed.read(lock), flags=re.MULTILINE)
    probed.write({lock: pins})
    kept = (f"--local-execution-root-dir={tmp_path}", "--keep-sandboxes=always")
    probed.pants(*kept, "test", cell("3.12"))
    assert installations(tmp_path) == 1
